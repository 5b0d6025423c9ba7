import { crc32 } from './crc32.js';

export interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/** What decoding needs. All else (text, colour profiles, times) is passed over, not even checked. */
const wanted: ReadonlySet<string> = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND', 'eXIf']);

/**
 * The chunks that decoding needs, each with its checksum verified.
 * @returns the chunks, or what is wrong
 */
export function readChunks(bytes: Uint8Array): Chunk[] | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(bytes[at + 4]!, bytes[at + 5]!, bytes[at + 6]!, bytes[at + 7]!);
    const body = at + 8;
    if (body + length + 4 > bytes.length) break;
    if (wanted.has(type)) {
      if (crc32(bytes, at + 4, body + length) !== view.getUint32(body + length))
        return `the checksum of ${type} is wrong`;
      chunks.push({ type, data: bytes.subarray(body, body + length) });
      if (type === 'IEND') return chunks;
    } else if (/^[A-Z]/.test(type)) {
      // A capital first letter: the picture cannot be understood without it.
      return `it has an unknown critical chunk ${/^\w+$/.test(type) ? type : 'without a name'}`;
    }
    at = body + length + 4;
  }
  return 'it is cut off: its end is missing';
}
