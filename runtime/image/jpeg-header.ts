import { withOrientation } from './exif.js';
import { hasBytes } from './format.js';
import type { StoredHeader } from './header.js';

const cutOff = 'it ends before its header does';

/** Markers that stand alone, without a length after them: TEM, RST0..7, SOI. */
const standsAlone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
/** The frame headers: SOF0..15 without DHT (C4), JPG (C8) and DAC (CC). */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/**
 * Walks the markers (ITU-T T.81, annex B) up to the first scan.
 * @returns the header, or what is wrong
 */
export function readJpegHeader(bytes: Uint8Array): StoredHeader | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let exif: Uint8Array | undefined;
  let size: { width: number; height: number; components: number } | undefined;
  let at = 2;
  while (at + 1 < bytes.length) {
    if (bytes[at] !== 0xff) {
      // Bytes between segments: decoders skip them.
      at++;
      continue;
    }
    const marker = bytes[at + 1]!;
    if (marker === 0xff || marker === 0x00) {
      at++;
      continue;
    }
    if (standsAlone(marker)) {
      at += 2;
      continue;
    }
    if (marker === 0xd9) return 'it has no picture';
    if (at + 4 > bytes.length) return cutOff;
    const length = view.getUint16(at + 2);
    if (length < 2) return 'a segment has an impossible length';
    const end = at + 2 + length;
    if (end > bytes.length) return cutOff;
    if (isFrame(marker)) {
      if (length < 8) return 'its frame header is too short';
      if (size) return 'it has two frame headers';
      size = { height: view.getUint16(at + 5), width: view.getUint16(at + 7), components: bytes[at + 9]! };
      if (size.width === 0 || size.height === 0) return 'its header says 0 pixels';
    } else if (marker === 0xe1 && hasBytes(bytes, at + 4, 'Exif\0\0')) {
      exif ??= bytes.subarray(at + 10, end);
    } else if (marker === 0xda) {
      if (!size) return 'it has no frame header';
      return hasEnd(bytes, end) ? { ...size, ...withOrientation(exif) } : 'it is cut off: its end is missing';
    }
    at = end;
  }
  return cutOff;
}

/**
 * Whether the end marker follows the first scan. Inside a scan the bytes FF D9 cannot stand (FF is followed by 00 there),
 * so a file without them was cut off; decoders would fill the rest with gray, some without a word.
 */
function hasEnd(bytes: Uint8Array, scan: number): boolean {
  for (let i = bytes.length - 2; i >= scan; i--) if (bytes[i] === 0xff && bytes[i + 1] === 0xd9) return true;
  return false;
}
