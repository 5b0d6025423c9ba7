/** Element types that we write; the names are ONNX's in lower case, `float` called float32. */
export type DataType = 'float32' | 'float16' | 'uint8' | 'int8' | 'int32' | 'int64' | 'bool' | 'float64';

/** A constant tensor: little-endian bytes, row by row, as ONNX's `raw_data`. */
export interface Initializer {
  readonly name: string;
  readonly type: DataType;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array;
}

/** An input or output of the graph; a dimension with a name (`N`) is chosen at run time. */
export interface GraphValue {
  readonly name: string;
  readonly type: DataType;
  readonly dims: readonly (number | string)[];
}

export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] };

export interface GraphNode {
  /** Unique in its graph. */
  readonly name: string;
  /** The ONNX operator: `Conv`. */
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: { readonly [name: string]: Attribute };
}

/** A small ONNX graph in memory: plain data, nodes in an order in which they can run. */
export interface Graph {
  readonly name: string;
  readonly opset: number;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly nodes: readonly GraphNode[];
  readonly initializers: ReadonlyMap<string, Initializer>;
}

export const int = (value: number): Attribute => ({ kind: 'int', value });
export const float = (value: number): Attribute => ({ kind: 'float', value });
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });
export const text = (value: string): Attribute => ({ kind: 'string', value });
export const texts = (value: readonly string[]): Attribute => ({ kind: 'strings', value });

/** A float32 constant; it shares the memory of `values`. */
export function floatInitializer(name: string, dims: readonly number[], values: Float32Array): Initializer {
  return { name, type: 'float32', dims, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

/** An int64 vector. */
export function intInitializer(name: string, values: readonly number[]): Initializer {
  const wide = BigInt64Array.from(values, BigInt);
  return { name, type: 'int64', dims: [values.length], bytes: new Uint8Array(wide.buffer) };
}

/**
 * The numbers of an int64 initializer.
 * @throws TypeError for another type
 */
export function integersOf({ name, type, bytes }: Initializer): number[] {
  if (type !== 'int64') throw new TypeError(`expected ${name} to be int64, got ${type}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 8 }, (_, i) => Number(view.getBigInt64(i * 8, true)));
}

/**
 * The values of a float32 initializer, copied only when its bytes are not aligned.
 * @throws TypeError for another type
 */
export function floatsOf(tensor: Initializer): Float32Array {
  if (tensor.type !== 'float32') throw new TypeError(`expected ${tensor.name} to be float32, got ${tensor.type}`);
  const { bytes } = tensor;
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}
