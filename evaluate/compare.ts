/** How far one engine's probabilities are from the reference's, over the same images. */
export interface Comparison {
  readonly images: number;
  /** Infinity where either gave something that is not a number. */
  readonly maxAbsDiff: number;
  readonly meanAbsDiff: number;
  /** Share of the images with the same most probable class, 0..1. */
  readonly top1Agreement: number;
  /** Images whose two most probable classes (by the reference) are closer than twice the tolerance. */
  readonly nearTies: number;
  /** Images that are called something else although they are no near-ties. */
  readonly flips: number;
}

/**
 * @param reference float32 `[images, classes]`
 * @param probabilities float32, as long or shorter: the first images are compared
 * @param tolerance max |Δp| that is allowed
 */
export function compare(
  reference: Float32Array,
  probabilities: Float32Array,
  classes: number,
  tolerance: number,
): Comparison {
  const images = probabilities.length / classes;
  let [maxAbsDiff, sum, same, nearTies, flips] = [0, 0, 0, 0, 0];
  for (let image = 0; image < images; image++) {
    const expected = reference.subarray(image * classes, (image + 1) * classes);
    const got = probabilities.subarray(image * classes, (image + 1) * classes);
    for (let c = 0; c < classes; c++) {
      const difference = Math.abs(got[c]! - expected[c]!);
      // NaN is greater than nothing: it must not pass for equal.
      maxAbsDiff = Number.isNaN(difference) ? Infinity : Math.max(maxAbsDiff, difference);
      sum += difference;
    }
    const agrees = topOf(got) === topOf(expected);
    const nearTie = gapOf(expected) < 2 * tolerance;
    if (agrees) same++;
    if (nearTie) nearTies++;
    else if (!agrees) flips++;
  }
  return {
    images,
    maxAbsDiff,
    meanAbsDiff: Number.isNaN(sum) ? Infinity : sum / (images * classes),
    top1Agreement: same / images,
    nearTies,
    flips,
  };
}

function topOf(row: Float32Array): number {
  let top = 0;
  for (let c = 1; c < row.length; c++) if (row[c]! > row[top]!) top = c;
  return top;
}

function gapOf(row: Float32Array): number {
  const top = topOf(row);
  let second = -Infinity;
  for (let c = 0; c < row.length; c++) if (c !== top && row[c]! > second) second = row[c]!;
  return row[top]! - second;
}
