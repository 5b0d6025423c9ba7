import { likeliest } from '../answer.js';
import type { Tensor } from '../tensors/index.js';
import { numbersOf } from './numbers.js';

const isScores = ({ shape, datatype }: Tensor) => shape.length > 1 && shape[1]! > 1 && datatype !== 'BYTES';

/** Where the largest value of each row is. */
function bests(tensor: Tensor): number[] {
  const values = numbersOf(tensor);
  const rows = tensor.shape[0]!;
  const width = values.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    const own = Array.from(values.subarray(row * width, (row + 1) * width) as ArrayLike<number | bigint>, Number);
    return likeliest(own, 1)[0]!;
  });
}

const sameData = ({ data: a }: Tensor, { data: b }: Tensor) =>
  a.length === b.length && [...a].every((value, i) => value === b[i]);

/**
 * Whether two models mean the same by what they gave for the same input: for each row whether its largest value is at the
 * same place, in every output with a row of numbers for each; where there is no such output, whether all is equal.
 */
export function agreement(given: readonly Tensor[], other: readonly Tensor[]): boolean[] {
  const scores = given.flatMap((tensor, i) => {
    const twin = other[i];
    return twin && isScores(tensor) && isScores(twin) && twin.shape[0] === tensor.shape[0]
      ? [[tensor, twin] as const]
      : [];
  });
  if (scores.length === 0) return [given.every((tensor, i) => other[i] !== undefined && sameData(tensor, other[i]!))];
  const compared = scores.map(([a, b]) => {
    const theirs = bests(b);
    return bests(a).map((best, row) => best === theirs[row]);
  });
  return compared[0]!.map((_, row) => compared.every((rows) => rows[row]));
}
