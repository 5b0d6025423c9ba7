import { fromHalf } from '../../../runtime/common/index.js';
import { type Cursor, Hdf5Error } from './cursor.js';

/** How the elements of a dataset or an attribute lie in the file. */
export type Datatype =
  | { readonly kind: 'integer'; readonly size: number; readonly signed: boolean; readonly little: boolean }
  | { readonly kind: 'float'; readonly size: number; readonly little: boolean }
  | { readonly kind: 'text'; readonly size: number }
  | { readonly kind: 'heap-text'; readonly size: number }
  | { readonly kind: 'other'; readonly size: number };

const classes = { integer: 0, float: 1, text: 3, enumeration: 8, variable: 9 } as const;

export function readDatatype(at: Cursor): Datatype {
  const kind = at.number(1) & 0xf;
  const bits = at.number(3);
  const size = at.number(4);
  const little = (bits & 1) === 0;
  if (kind === classes.integer) return { kind: 'integer', size, signed: (bits & 8) !== 0, little };
  if (kind === classes.float) return { kind: 'float', size, little };
  if (kind === classes.text) return { kind: 'text', size };
  // Python's booleans are an enumeration of bytes.
  if (kind === classes.enumeration) return readDatatype(at);
  if (kind === classes.variable && (bits & 0xf) === 1) return { kind: 'heap-text', size };
  return { kind: 'other', size };
}

/** The sizes of an array; none for a single value. */
export function readDataspace(at: Cursor): number[] {
  const version = at.number(1);
  const rank = at.number(1);
  at.skip(version === 1 ? 6 : 2);
  if (rank > 32) throw new Hdf5Error(`an array has ${rank} dimensions`);
  return Array.from({ length: rank }, () => at.length());
}

type Getter = (view: DataView, at: number, little: boolean) => number;
const getters: ReadonlyMap<string, Getter> = new Map<string, Getter>([
  ['float2', (view, at, little) => fromHalf(view.getUint16(at, little))],
  ['float4', (view, at, little) => view.getFloat32(at, little)],
  ['float8', (view, at, little) => view.getFloat64(at, little)],
  ['int1', (view, at) => view.getInt8(at)],
  ['int2', (view, at, little) => view.getInt16(at, little)],
  ['int4', (view, at, little) => view.getInt32(at, little)],
  ['int8', (view, at, little) => Number(view.getBigInt64(at, little))],
  ['uint1', (view, at) => view.getUint8(at)],
  ['uint2', (view, at, little) => view.getUint16(at, little)],
  ['uint4', (view, at, little) => view.getUint32(at, little)],
  ['uint8', (view, at, little) => Number(view.getBigUint64(at, little))],
]);

/** @throws Hdf5Error for elements that are no numbers */
export function numbersOf(bytes: Uint8Array, type: Datatype, count: number): Float32Array {
  const name = type.kind === 'integer' ? (type.signed ? 'int' : 'uint') : type.kind;
  const get = getters.get(`${name}${type.size}`);
  if (!get || !('little' in type))
    throw new Hdf5Error(`it holds ${type.kind} of ${type.size} bytes, which is no number`);
  if (name === 'float' && type.size === 4 && type.little) {
    return new Float32Array(new Uint8Array(bytes.subarray(0, count * 4)).buffer);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: count }, (_, i) => get(view, i * type.size, type.little));
}
