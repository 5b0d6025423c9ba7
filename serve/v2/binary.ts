import { OnwardError } from '../../runtime/common/index.js';
import type { InputTensor } from '../models/index.js';
import { type DataTypeName, dataTypeOf } from '../tensors/index.js';

const bad = (message: string) => new OnwardError('input', message);

/**
 * A tensor as the binary extension sends it: little-endian, row by row; of BYTES each element is its length (uint32) and
 * its bytes. https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
 * @throws OnwardError kind `input` for another number of bytes, strings that do not add up or are not UTF-8
 */
export function binaryData(
  bytes: Uint8Array,
  datatype: DataTypeName,
  elements: number,
  where: string,
): InputTensor['data'] {
  if (datatype === 'BYTES') return strings(bytes, elements, where);
  const expected = elements * dataTypeOf(datatype).bytes;
  if (bytes.length !== expected) {
    throw bad(
      `expected ${expected} bytes of binary data for ${where} (${elements} of ${datatype}), got ${bytes.length}`,
    );
  }
  if (datatype !== 'BOOL') return { write: (target) => target.set(bytes) };
  // ONNX Runtime would read another byte as true in one place and as itself in the next.
  return { write: (target) => target.set(bytes.map((byte) => (byte === 0 ? 0 : 1))) };
}

function strings(bytes: Uint8Array, elements: number, where: string): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const found: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = at + 4 <= bytes.length ? view.getUint32(at, true) : Infinity;
    const end = at + 4 + length;
    if (end > bytes.length) {
      throw bad(
        `expected each string in the binary data of ${where} after its length in 4 bytes, but string ${found.length} ends beyond the data`,
      );
    }
    try {
      found.push(decoder.decode(bytes.subarray(at + 4, end)));
    } catch {
      throw bad(`expected strings in UTF-8 in the binary data of ${where}, but string ${found.length} is not`);
    }
    at = end;
  }
  if (found.length !== elements) {
    throw bad(`expected ${elements} strings in the binary data of ${where}, got ${found.length}`);
  }
  return found;
}

/** The bytes of an output. */
export function toBinary(data: Uint8Array | readonly string[]): Uint8Array {
  if (data instanceof Uint8Array) return data;
  const parts: Buffer[] = [];
  for (const text of data) {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    parts.push(length, bytes);
  }
  return Buffer.concat(parts);
}
