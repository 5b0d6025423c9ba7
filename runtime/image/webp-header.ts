import { withOrientation } from './exif.js';
import { hasBytes } from './format.js';
import type { StoredHeader } from './header.js';

const cutOff = 'it is cut off: its end is missing';

/**
 * Walks the RIFF chunks (the WebP Container Specification; VP8 frame header: RFC 6386, 9.1; VP8L: WebP Lossless
 * Bitstream Specification, 3).
 * @returns the header, or what is wrong
 */
export function readWebpHeader(bytes: Uint8Array): StoredHeader | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.length) return cutOff;
  let canvas: { width: number; height: number } | undefined;
  let frame: { width: number; height: number } | undefined;
  let exif: Uint8Array | undefined;
  for (let at = 12; at + 8 <= end; ) {
    const length = view.getUint32(at + 4, true);
    const body = at + 8;
    if (body + length > end) return cutOff;
    if (hasBytes(bytes, at, 'VP8X') && length >= 10) {
      canvas = { width: 1 + uint24(view, body + 4), height: 1 + uint24(view, body + 7) };
    } else if (hasBytes(bytes, at, 'VP8 ') && length >= 10) {
      if (uint24(view, body + 3) !== 0x2a019d) return 'its VP8 frame has no start code';
      frame ??= { width: view.getUint16(body + 6, true) & 0x3fff, height: view.getUint16(body + 8, true) & 0x3fff };
    } else if (hasBytes(bytes, at, 'VP8L') && length >= 5) {
      if (bytes[body] !== 0x2f) return 'its VP8L frame has no signature';
      const bits = view.getUint32(body + 1, true);
      frame ??= { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
    } else if (hasBytes(bytes, at, 'EXIF')) {
      // Some writers put the JPEG's prefix before the TIFF structure.
      const start = hasBytes(bytes, body, 'Exif\0\0') ? body + 6 : body;
      exif ??= bytes.subarray(start, body + length);
    }
    at = body + length + (length & 1);
  }
  const size = canvas ?? frame;
  if (!size) return 'it has no picture';
  if (size.width === 0 || size.height === 0) return 'its header says 0 pixels';
  return { ...size, ...withOrientation(exif) };
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}
