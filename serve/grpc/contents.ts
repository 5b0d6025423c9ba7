import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import { type DataTypeName, dataTypeOf, isDataType } from '../tensors/index.js';
import { inference } from './descriptor.js';

/** Which field of `InferTensorContents` has the elements of a type; FP16 has none. */
const fieldOf: { readonly [name in DataTypeName]?: keyof typeof inference.InferTensorContents.fields } = {
  BOOL: 'bool_contents',
  INT8: 'int_contents',
  INT16: 'int_contents',
  INT32: 'int_contents',
  INT64: 'int64_contents',
  UINT8: 'uint_contents',
  UINT16: 'uint_contents',
  UINT32: 'uint_contents',
  UINT64: 'uint64_contents',
  FP32: 'fp32_contents',
  FP64: 'fp64_contents',
  BYTES: 'bytes_contents',
};
const names = new Map(Object.entries(inference.InferTensorContents.fields).map(([name, { id }]) => [id, name]));

const bad = (message: string) => new OnwardError('input', message);

/**
 * Typed elements of a tensor as the bytes of its binary data, without an object for each of them.
 * @param contents an `InferTensorContents` as it came
 * @param where for messages: `the input "x"`
 * @returns undefined for a type that is none, which whoever knows the model refuses
 * @throws OnwardError kind `input` for elements in the field of another type, or that the type does not have; `size` for
 *   more than `maxBytes`
 */
export function contentsBytes(
  contents: Uint8Array,
  datatype: string,
  where: string,
  maxBytes: number,
): Uint8Array | undefined {
  if (!isDataType(datatype)) return undefined;
  const name = fieldOf[datatype];
  if (name === undefined) {
    if (contents.length === 0) return contents;
    throw bad(`expected ${where} of ${datatype} in raw_input_contents, as there are no typed contents of it`);
  }
  try {
    if (datatype === 'BYTES') return texts(contents, where, maxBytes);
    const { bytes } = dataTypeOf(datatype);
    let count = 0;
    const floats = datatype === 'FP32' || datatype === 'FP64';
    each(contents, name, datatype, where, (begin, end) => {
      count += floats ? (end - begin) / bytes : varints(contents, begin, end);
    });
    if (!Number.isInteger(count)) throw bad(`expected whole elements of ${bytes} bytes in "${name}" of ${where}`);
    within(count * bytes, maxBytes, where);
    const data = new Uint8Array(count * bytes);
    let at = 0;
    if (floats) {
      each(contents, name, datatype, where, (begin, end) => {
        data.set(contents.subarray(begin, end), at);
        at += end - begin;
      });
    } else {
      const put = putting(data, datatype, name, where);
      each(contents, name, datatype, where, (begin, end) => {
        const reader = new BinaryReader(contents.subarray(begin, end));
        while (reader.pos < reader.len) put(at++, reader);
      });
    }
    return data;
  } catch (cause) {
    if (cause instanceof OnwardError) throw cause;
    throw new OnwardError('input', `the contents of ${where} cannot be read (${messageOf(cause)})`, { cause });
  }
}

function within(bytes: number, maxBytes: number, where: string): void {
  if (bytes <= maxBytes) return;
  throw new OnwardError(
    'size',
    `expected at most ${maxBytes} more bytes of data in a request, got ${bytes} for ${where}; send less at once`,
  );
}

/** Calls with each stretch of elements: all at once where they are packed, as is usual, else one by one. */
function each(
  contents: Uint8Array,
  name: string,
  datatype: string,
  where: string,
  call: (begin: number, end: number) => void,
): void {
  const reader = new BinaryReader(contents);
  while (reader.pos < reader.len) {
    const [id, wireType] = reader.tag();
    const came = names.get(id);
    if (came !== undefined && came !== name) {
      throw bad(`expected ${where} of ${datatype} in "${name}" of its contents, got "${came}"`);
    }
    if (came !== undefined && wireType === WireType.LengthDelimited) {
      const { length } = reader.bytes();
      call(reader.pos - length, reader.pos);
      continue;
    }
    const begin = reader.pos;
    reader.skip(wireType, id);
    if (came !== undefined) call(begin, reader.pos);
  }
}

/** How many numbers there are: each ends with a byte below 128. */
function varints(bytes: Uint8Array, begin: number, end: number): number {
  let count = 0;
  for (let i = begin; i < end; i++) if (bytes[i]! < 0x80) count++;
  return count;
}

/** Writes the number that a reader is at. */
function putting(data: Uint8Array, datatype: DataTypeName, field: string, where: string) {
  const { array: List, bytes, range } = dataTypeOf(datatype);
  if (datatype === 'BOOL') {
    return (at: number, reader: BinaryReader) => {
      data[at] = reader.bool() ? 1 : 0;
    };
  }
  const list = new List(data.buffer, data.byteOffset, data.length / bytes);
  if (bytes === 8) {
    return (at: number, reader: BinaryReader) => {
      list[at] = BigInt(datatype === 'INT64' ? reader.int64() : reader.uint64());
    };
  }
  const signed = datatype.startsWith('INT');
  const [from, to] = [Number(range![0]), Number(range![1])];
  return (at: number, reader: BinaryReader) => {
    const value = signed ? reader.int32() : reader.uint32();
    if (value < from || value > to) {
      throw bad(`expected whole numbers from ${from} to ${to} in "${field}" of ${where}, got ${value} at ${at}`);
    }
    list[at] = value;
  };
}

/** Each with its length before it. */
function texts(contents: Uint8Array, where: string, maxBytes: number): Uint8Array {
  let size = 0;
  each(contents, fieldOf.BYTES!, 'BYTES', where, (begin, end) => {
    size += 4 + end - begin;
  });
  within(size, maxBytes, where);
  const data = new Uint8Array(size);
  const view = new DataView(data.buffer);
  let at = 0;
  each(contents, fieldOf.BYTES!, 'BYTES', where, (begin, end) => {
    view.setUint32(at, end - begin, true);
    data.set(contents.subarray(begin, end), at + 4);
    at += 4 + end - begin;
  });
  return data;
}
