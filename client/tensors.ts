import type { DataTypeName, SentTensor } from '../protocol/index.js';
import { RequestError } from './request-error.js';

/** Elements by their datatype; halves as the 16 bits that they are, booleans as bytes of 0 and 1. */
export interface TensorArrays {
  readonly BOOL: Uint8Array;
  readonly UINT8: Uint8Array;
  readonly UINT16: Uint16Array;
  readonly UINT32: Uint32Array;
  readonly UINT64: BigUint64Array;
  readonly INT8: Int8Array;
  readonly INT16: Int16Array;
  readonly INT32: Int32Array;
  readonly INT64: BigInt64Array;
  readonly FP16: Uint16Array;
  readonly FP32: Float32Array;
  readonly FP64: Float64Array;
  readonly BYTES: readonly string[];
}

/** A tensor of an answer: `datatype` says what `data` is. */
export type Tensor = {
  readonly [type in DataTypeName]: {
    readonly name: string;
    readonly datatype: type;
    readonly shape: readonly number[];
    /** Row by row. */
    readonly data: TensorArrays[type];
  };
}[DataTypeName];

/** A tensor of a request. */
export interface InputTensor {
  readonly shape: readonly number[];
  /** Row by row. */
  readonly data: TensorArrays[DataTypeName] | Uint8ClampedArray;
  /** Default: by the kind of array. Say it for BOOL and FP16, which are seen through arrays of another type. */
  readonly datatype?: DataTypeName | undefined;
}

type ArrayOf = {
  new (buffer: ArrayBuffer): Exclude<TensorArrays[DataTypeName], readonly string[]>;
  readonly BYTES_PER_ELEMENT: number;
};

const arrays: { readonly [type in Exclude<DataTypeName, 'BYTES'>]: ArrayOf } = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
};

/** For messages. */
const known = [...Object.keys(arrays), 'BYTES'].join(', ');
const shown = (value: unknown) => JSON.stringify(value)?.slice(0, 40);

/** What comes from a server, or from a caller without types, may be anything. */
const isDatatype = (value: unknown): value is DataTypeName =>
  value === 'BYTES' || (typeof value === 'string' && Object.hasOwn(arrays, value));

/** What a kind of array is taken for: the first that it is for above, but for the two that are seen through others. */
function datatypeOf(data: InputTensor['data']): DataTypeName | undefined {
  if (Array.isArray(data)) return 'BYTES';
  if (data instanceof Uint8ClampedArray) return 'UINT8';
  const found = Object.entries(arrays).find(([name, array]) => name !== 'BOOL' && data instanceof array);
  return found?.[0] as DataTypeName | undefined;
}

/**
 * A tensor as it is sent: its description, and its bytes for behind the JSON (little-endian, as every machine that runs this is).
 * @throws TypeError for an unknown datatype, a kind of array that is none, or a shape of another number of elements
 */
export function packed(
  name: string,
  { shape, data, datatype = datatypeOf(data) }: InputTensor,
): {
  readonly head: SentTensor;
  readonly bytes: Uint8Array<ArrayBuffer>;
} {
  if (datatype !== undefined && !isDatatype(datatype)) {
    throw new TypeError(`expected the datatype of the input "${name}" as one of ${known}, got ${shown(datatype)}`);
  }
  const wanted = datatype === undefined ? undefined : datatype === 'BYTES' ? Array : arrays[datatype];
  const fits = wanted && (data instanceof wanted || (wanted === Uint8Array && data instanceof Uint8ClampedArray));
  if (datatype === undefined || !fits) {
    throw new TypeError(
      `expected the input "${name}" as ${wanted?.name ?? 'a typed array or a list of strings'}, got ${data?.constructor?.name ?? data}`,
    );
  }
  const elements = shape.reduce((product, size) => product * size, 1);
  if (data.length !== elements) {
    throw new TypeError(`expected ${elements} elements for the input "${name}" of [${shape}], got ${data.length}`);
  }
  const bytes = isStrings(data)
    ? packedStrings(data)
    : (new Uint8Array(data.buffer, data.byteOffset, data.byteLength) as Uint8Array<ArrayBuffer>);
  return { head: { name, datatype, shape, parameters: { binary_data_size: bytes.length } }, bytes };
}

const isStrings = (data: InputTensor['data']): data is readonly string[] => Array.isArray(data);

/** Each as its length in four bytes, and its UTF-8. */
function packedStrings(strings: readonly string[]): Uint8Array<ArrayBuffer> {
  const encoded = strings.map((text) => new TextEncoder().encode(text));
  const bytes = new Uint8Array(encoded.reduce((sum, one) => sum + 4 + one.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const one of encoded) {
    view.setUint32(at, one.length, true);
    bytes.set(one, at + 4);
    at += 4 + one.length;
  }
  return bytes;
}

/**
 * A tensor of an answer.
 * @param bytes its own
 * @throws RequestError kind `answer` for an unknown datatype, for values of another one, or where they do not add up
 */
export function unpacked({ name, datatype, shape, data }: SentTensor, bytes: Uint8Array | undefined): Tensor {
  const tensor = (elements: unknown) => ({ name, datatype, shape, data: elements }) as Tensor;
  if (!isDatatype(datatype)) {
    throw wrong(`the output "${name}" has the datatype ${shown(datatype)}, which is none of ${known}`);
  }
  if (bytes === undefined) return tensor(datatype === 'BYTES' ? data : fromJson(name, datatype, data ?? []));
  if (datatype === 'BYTES') return tensor(unpackedStrings(name, bytes));
  const array = arrays[datatype];
  if (bytes.length !== shape.reduce((product, size) => product * size, 1) * array.BYTES_PER_ELEMENT) {
    throw wrong(`the output "${name}" has ${bytes.length} bytes, which ${datatype} [${shape}] does not`);
  }
  // A copy: it may begin anywhere, and typed arrays may not.
  return tensor(new array(bytes.slice().buffer as ArrayBuffer));
}

function fromJson(
  name: string,
  datatype: Exclude<DataTypeName, 'BYTES'>,
  data: readonly unknown[],
): ArrayLike<unknown> {
  const array = arrays[datatype] as unknown as { from(values: readonly unknown[]): ArrayLike<unknown> };
  const isBig = datatype === 'INT64' || datatype === 'UINT64';
  try {
    return array.from(isBig ? data.map((value) => BigInt(value as number)) : (data as number[]).map(Number));
  } catch {
    throw wrong(`the data of the output "${name}" are not a list of ${datatype}`);
  }
}

function unpackedStrings(name: string, bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = at + 4 <= bytes.length ? view.getUint32(at, true) : Infinity;
    if (at + 4 + length > bytes.length) throw wrong(`the strings of the output "${name}" do not add up`);
    found.push(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return found;
}

export const wrong = (what: string) =>
  new RequestError(`expected an answer of the Open Inference Protocol, but ${what}`, { kind: 'answer' });
