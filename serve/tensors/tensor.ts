import type { TensorSpec } from '../../protocol/index.js';

export type { TensorSpec };

/** Elements as the bytes that they are (little-endian, row by row), or strings for BYTES. */
export type TensorData = Uint8Array | readonly string[];

export interface Tensor extends TensorSpec {
  readonly data: TensorData;
}

export const elementsOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** `INT64 [1,3]`, for messages. */
export const shapeText = (shape: readonly number[]) => `[${shape.join(',')}]`;

/** Some rows of a tensor whose first dimension is the batch. */
export function rowsOf(tensor: Tensor, from: number, rows: number): Tensor {
  const all = tensor.shape[0]!;
  const shape = [rows, ...tensor.shape.slice(1)];
  if (from === 0 && rows === all) return tensor;
  const per = tensor.data.length / all;
  const [begin, end] = [from * per, (from + rows) * per];
  const data = tensor.data instanceof Uint8Array ? tensor.data.subarray(begin, end) : tensor.data.slice(begin, end);
  return { name: tensor.name, datatype: tensor.datatype, shape, data };
}

/** Tensors of the same type one after another, along the first dimension. */
export function joined(tensors: readonly Tensor[]): Tensor {
  const { name, datatype, shape } = tensors[0]!;
  const rows = tensors.reduce((sum, tensor) => sum + tensor.shape[0]!, 0);
  const data = tensors.every((tensor) => tensor.data instanceof Uint8Array)
    ? bytesOf(tensors.map((tensor) => tensor.data as Uint8Array))
    : tensors.flatMap((tensor) => tensor.data as readonly string[]);
  return { name, datatype, shape: [rows, ...shape.slice(1)], data };
}

function bytesOf(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
