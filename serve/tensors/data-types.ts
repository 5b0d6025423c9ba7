import type { DataTypeName } from '../../protocol/index.js';

export type { DataTypeName };

export type Numbers =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

type NumbersOf = new (buffer: ArrayBufferLike, byteOffset?: number, length?: number) => Numbers;

export interface DataType {
  readonly name: DataTypeName;
  /** As ONNX Runtime names it. */
  readonly onnx: string;
  /** Of one element; 0 where each has its own length. */
  readonly bytes: number;
  /** What elements are seen through: halves as the 16 bits that they are, booleans as bytes. */
  readonly array: NumbersOf;
  /** The least and the largest whole number; undefined for floats and bytes. */
  readonly range?: readonly [bigint, bigint];
}

const integer = (bits: number, signed: boolean): readonly [bigint, bigint] =>
  signed ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n] : [0n, 2n ** BigInt(bits) - 1n];

/** https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md#tensor-data-types */
export const dataTypes: readonly DataType[] = [
  { name: 'BOOL', onnx: 'bool', bytes: 1, array: Uint8Array, range: [0n, 1n] },
  { name: 'UINT8', onnx: 'uint8', bytes: 1, array: Uint8Array, range: integer(8, false) },
  { name: 'UINT16', onnx: 'uint16', bytes: 2, array: Uint16Array, range: integer(16, false) },
  { name: 'UINT32', onnx: 'uint32', bytes: 4, array: Uint32Array, range: integer(32, false) },
  { name: 'UINT64', onnx: 'uint64', bytes: 8, array: BigUint64Array, range: integer(64, false) },
  { name: 'INT8', onnx: 'int8', bytes: 1, array: Int8Array, range: integer(8, true) },
  { name: 'INT16', onnx: 'int16', bytes: 2, array: Int16Array, range: integer(16, true) },
  { name: 'INT32', onnx: 'int32', bytes: 4, array: Int32Array, range: integer(32, true) },
  { name: 'INT64', onnx: 'int64', bytes: 8, array: BigInt64Array, range: integer(64, true) },
  { name: 'FP16', onnx: 'float16', bytes: 2, array: Uint16Array },
  { name: 'FP32', onnx: 'float32', bytes: 4, array: Float32Array },
  { name: 'FP64', onnx: 'float64', bytes: 8, array: Float64Array },
  { name: 'BYTES', onnx: 'string', bytes: 0, array: Uint8Array },
];

const byName = new Map<string, DataType>(dataTypes.map((type) => [type.name, type]));
const byOnnx = new Map<string, DataType>(dataTypes.map((type) => [type.onnx, type]));

export const dataTypeOf = (name: DataTypeName): DataType => byName.get(name)!;
export const isDataType = (name: unknown): name is DataTypeName => typeof name === 'string' && byName.has(name);

/** Undefined for a type that the protocol has no name for (complex numbers, four bits). */
export const dataTypeOfOnnx = (onnx: string): DataType | undefined => byOnnx.get(onnx);
