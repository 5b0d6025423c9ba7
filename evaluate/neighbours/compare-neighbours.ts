import type { Neighbours } from '../../runtime/model/index.js';
import type { Comparison } from '../compare.js';
import { compare } from '../compare.js';

/**
 * How far an engine's neighbours are from the reference's. Votes jump: where two images are nearly as far, rounding decides
 * which one has the last vote, and a probability moves by 1/k. Distances do not, so these are compared, in units of the usual
 * distance to the k-th neighbour; and the class that wins, wherever the k-th and the next neighbour are further apart than
 * the tolerance.
 * @param reference float32 `[images, classes + k + (0 or 1)]`: probabilities, distances, the next distance where there is one
 * @param rows of the engine, as long or shorter: the first images are compared
 * @param tolerance of distances, in usual ones
 */
export function compareNeighbours(
  reference: Float32Array,
  rows: Float32Array,
  classes: number,
  { k, images: indexed, scale }: Neighbours,
  tolerance: number,
): Comparison {
  const width = classes + k + Number(indexed > k);
  const images = rows.length / width;
  let [maxAbsDiff, sum, same, nearTies, flips] = [0, 0, 0, 0, 0];
  for (let image = 0; image < images; image++) {
    const expected = reference.subarray(image * width, (image + 1) * width);
    const got = rows.subarray(image * width, (image + 1) * width);
    for (let i = classes; i < width; i++) {
      const difference = Math.abs(got[i]! - expected[i]!) / scale;
      maxAbsDiff = Number.isNaN(difference) ? Infinity : Math.max(maxAbsDiff, difference);
      sum += difference;
    }
    const votes = compare(expected.subarray(0, classes), got.subarray(0, classes), classes, tolerance);
    if (votes.maxAbsDiff === Infinity) maxAbsDiff = Infinity;
    const gap = indexed > k ? (expected[width - 1]! - expected[width - 2]!) / scale : Infinity;
    const isClose = gap < 2 * tolerance;
    same += votes.top1Agreement;
    // Equal votes are no near-tie: they are equal everywhere.
    if (isClose) nearTies++;
    else if (votes.top1Agreement === 0) flips++;
  }
  return {
    images,
    maxAbsDiff,
    meanAbsDiff: Number.isNaN(sum) ? Infinity : sum / (images * (width - classes)),
    top1Agreement: same / images,
    nearTies,
    flips,
  };
}
