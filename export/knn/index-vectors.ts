import { OnwardError } from '../../runtime/common/index.js';

export type Metric = 'euclidean' | 'cosine';

/** The vectors that queries are compared with, as the graph holds them. */
export interface IndexVectors {
  readonly metric: Metric;
  readonly width: number;
  readonly count: number;
  /** float32 `[count, width]`: for cosine of length one, and then less `centre`. */
  readonly matrix: Float32Array;
  /** float32 `[width]` */
  readonly centre: Float32Array;
  /** float32 `[count]`: the squared length of each row of `matrix`. */
  readonly squares: Float32Array;
  /** Cosine only: float32 `[count]`, 1 where a vector is all zeros and so has no direction; undefined where none is. */
  readonly zeros: Float32Array | undefined;
}

/**
 * Makes an index of vectors, in their own memory. Their mean is taken off, which changes no distance: |a|² - 2ab + |b|² then
 * loses the fewest digits, as what all vectors have in common is not in the products. Cosine's vectors get length one first,
 * as 1 - cos is then half of the squared distance.
 * @param vectors float32 `[count, width]`; overwritten
 * @throws OnwardError kind `input` for a number that is none
 */
export function indexVectors(vectors: Float32Array, width: number, metric: Metric): IndexVectors {
  const count = vectors.length / width;
  const zeros = metric === 'cosine' ? unitRows(vectors, width) : undefined;
  const sums = new Float64Array(width);
  for (let at = 0, column = 0; at < vectors.length; at++) {
    sums[column]! += vectors[at]!;
    if (++column === width) column = 0;
  }
  const bad = sums.findIndex((sum) => !Number.isFinite(sum));
  if (bad >= 0) {
    throw new OnwardError(
      'input',
      `expected vectors of numbers, got ${sums[bad]} as the sum of number ${bad + 1} of them; the network overflows or was damaged`,
    );
  }
  const centre = Float32Array.from(sums, (sum) => sum / count);
  const squares = new Float32Array(count);
  for (let row = 0; row < count; row++) {
    let square = 0;
    for (let column = 0, at = row * width; column < width; column++, at++) {
      const value = Math.fround(vectors[at]! - centre[column]!);
      vectors[at] = value;
      square += value * value;
    }
    squares[row] = square;
  }
  return { metric, width, count, matrix: vectors, centre, squares, zeros };
}

/** Divides rows by their lengths, in float64; says which had none. */
function unitRows(vectors: Float32Array, width: number): Float32Array | undefined {
  const zeros = new Float32Array(vectors.length / width);
  for (let row = 0; row < zeros.length; row++) {
    let square = 0;
    for (let at = row * width; at < (row + 1) * width; at++) square += vectors[at]! ** 2;
    if (square === 0) zeros[row] = 1;
    const length = square === 0 ? 1 : Math.sqrt(square);
    for (let at = row * width; at < (row + 1) * width; at++) vectors[at]! /= length;
  }
  return zeros.includes(1) ? zeros : undefined;
}
