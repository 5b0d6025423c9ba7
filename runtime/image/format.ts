import { OnwardError } from '../common/index.js';

export type ImageFormat = 'png' | 'jpeg' | 'webp';

/** The names that files of these formats have, lower case, with the dot. */
export const imageExtensions: ReadonlySet<string> = new Set(['.png', '.jpg', '.jpeg', '.webp']);

/** What else people send, so that the refusal can name it: [name, offset, the bytes there]. */
const others: readonly (readonly [string, number, string])[] = [
  ['a GIF image', 0, 'GIF8'],
  ['a BMP image', 0, 'BM'],
  ['a TIFF image', 0, 'II*\0'],
  ['a TIFF image', 0, 'MM\0*'],
  ['an AVIF image', 4, 'ftypavif'],
  ['a HEIC image', 4, 'ftyphei'],
  ['a HEIC image', 4, 'ftypmif1'],
  ['a JPEG XL image', 0, '\xff\x0a'],
  ['a JPEG XL image', 4, 'JXL '],
  ['a JPEG 2000 image', 4, 'jP  '],
  ['a Photoshop file', 0, '8BPS'],
  ['a Windows icon', 0, '\0\0\x01\0'],
  ['a PDF file', 0, '%PDF'],
  ['a ZIP file', 0, 'PK\x03\x04'],
  ['a gzip file', 0, '\x1f\x8b'],
  ['an SVG image', 0, '<svg'],
  ['an XML or SVG file', 0, '<?xml'],
  ['an HTML page', 0, '<!DOCTYPE'],
  ['an HTML page', 0, '<!doctype'],
  ['an HTML page', 0, '<html'],
];

export function hasBytes(bytes: Uint8Array, offset: number, text: string): boolean {
  if (bytes.length < offset + text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[offset + i] !== text.charCodeAt(i)) return false;
  return true;
}

/**
 * The format by the first bytes; a file's name says nothing.
 * @throws OnwardError kind `input` for no bytes at all, `type` for anything but PNG, JPEG and WebP
 */
export function formatOf(bytes: Uint8Array, name = 'the image'): ImageFormat {
  if (hasBytes(bytes, 0, '\x89PNG\r\n\x1a\n')) return 'png';
  if (hasBytes(bytes, 0, '\xff\xd8\xff')) return 'jpeg';
  if (hasBytes(bytes, 0, 'RIFF') && hasBytes(bytes, 8, 'WEBP')) return 'webp';
  if (bytes.length === 0) {
    throw new OnwardError('input', `${name} is empty (0 bytes): expected a PNG, JPEG or WebP image; save it again`);
  }
  const found = others.find(([, offset, text]) => hasBytes(bytes, offset, text))?.[0];
  const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  throw new OnwardError(
    'type',
    `${name} is ${found ?? `not an image (it starts with ${start})`}: expected PNG, JPEG or WebP; convert it to one of these`,
  );
}
