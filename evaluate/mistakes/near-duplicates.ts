import type { Dataset } from '../../data/index.js';
import { OnwardError, random } from '../../runtime/common/index.js';
import { describeInto, descriptorLength, grayGrid } from './descriptor.js';

/** Two images that show the same. */
export interface NearDuplicate {
  readonly first: number;
  readonly second: number;
  /** The correlation of their pixels, up to 1. */
  readonly correlation: number;
  /** Byte for byte the same. */
  readonly isExact: boolean;
}

export interface NearDuplicates {
  readonly pairs: readonly NearDuplicate[];
  /** Candidates that were not looked at, as too many images hash alike. */
  readonly skipped: number;
}

const imagesAtOnce = 512;
const leastCorrelation = 0.98;
/** Of descriptors, which are rounded. */
const leastAlike = 0.97;
/** Each table looks at so many bits of the lowest frequencies: nearly equal images agree in all bits of some table. */
const [tables, bits, lowest] = [8, 14, 30];
/** More images than this that agree are of a kind, flat ones say, and comparing all of them takes too long. */
const mostAlike = 400;

/**
 * Pairs of images that are nearly the same: their pixels (on a grid of 32 by 32, whatever brightness and contrast) correlate by
 * 0.98 or more. Candidates agree in 14 signs of low frequencies, above or below the median of all images, in one of 8 choices
 * of them. One pass over the images; 64 bytes of each are kept.
 * @throws OnwardError kind `interrupted`
 */
export async function nearDuplicates(
  dataset: Dataset,
  {
    signal,
    onProgress,
  }: { signal?: AbortSignal | undefined; onProgress?: ((done: number, total: number) => void) | undefined } = {},
): Promise<NearDuplicates> {
  const { length, shape } = dataset;
  const size = shape.reduce((a, b) => a * b, 1);
  const descriptors = new Int8Array(length * descriptorLength);
  for (let start = 0; start < length; start += imagesAtOnce) {
    if (signal?.aborted) throw new OnwardError('interrupted', `stopped after ${start} of ${length} images`);
    const numbers = Uint32Array.from({ length: Math.min(imagesAtOnce, length - start) }, (_, i) => start + i);
    const pixels = await dataset.batch(numbers);
    for (const [i, image] of numbers.entries()) {
      const out = descriptors.subarray(image * descriptorLength, (image + 1) * descriptorLength);
      describeInto(pixels.subarray(i * size, (i + 1) * size), shape, out);
    }
    onProgress?.(start + numbers.length, length);
  }
  const { candidates, skipped } = alike(descriptors, length);
  const pairs: NearDuplicate[] = [];
  for (let start = 0; start < candidates.length; start += imagesAtOnce) {
    const some = candidates.slice(start, start + imagesAtOnce);
    const pixels = await dataset.batch(some.flat());
    const images = Array.from({ length: some.length * 2 }, (_, i) => pixels.subarray(i * size, (i + 1) * size));
    for (const [i, [first, second]] of some.entries()) {
      const [a, b] = [images[2 * i]!, images[2 * i + 1]!];
      const isExact = Buffer.compare(a, b) === 0;
      const correlation = isExact ? 1 : correlationOf(grayGrid(a, shape), grayGrid(b, shape));
      if (correlation >= leastCorrelation) pairs.push({ first, second, correlation, isExact });
    }
  }
  return { pairs: pairs.sort((a, b) => a.first - b.first || a.second - b.second), skipped };
}

/** Pairs whose descriptors are alike, each once. */
function alike(descriptors: Int8Array, length: number): { candidates: [number, number][]; skipped: number } {
  const order = Array.from({ length: descriptorLength - 1 }, (_, i) => i + 1).sort(
    (a, b) => frequency(a) - frequency(b) || a - b,
  );
  const used = order.slice(0, lowest);
  const column = new Int8Array(length);
  const medians = new Map<number, number>();
  for (const at of used) {
    for (let image = 0; image < length; image++) column[image] = descriptors[image * descriptorLength + at]!;
    medians.set(at, column.slice().sort()[length >> 1] ?? 0);
  }
  const found = new Set<number>();
  let skipped = 0;
  for (let table = 0; table < tables; table++) {
    const chosen = [...random('near-duplicates', table).permutation(lowest).subarray(0, bits)].map((i) => used[i]!);
    const keys = new Uint16Array(length);
    for (let image = 0; image < length; image++) {
      for (const at of chosen) {
        keys[image] = (keys[image]! << 1) | (descriptors[image * descriptorLength + at]! > medians.get(at)! ? 1 : 0);
      }
    }
    const sorted = Uint32Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]! || a - b);
    for (let start = 0, end = 1; start < length; start = end++) {
      while (end < length && keys[sorted[end]!] === keys[sorted[start]!]) end++;
      if (end - start > mostAlike) skipped += ((end - start) * (end - start - 1)) / 2;
      else collect(descriptors, sorted.subarray(start, end), length, found);
    }
  }
  const candidates = [...found].map((pair): [number, number] => [Math.floor(pair / length), pair % length]);
  return { candidates, skipped };
}

const frequency = (at: number) => Math.floor(at / 8) + (at % 8);

/** Adds pairs of alike descriptors as `first * length + second`. */
function collect(descriptors: Int8Array, images: Uint32Array, length: number, found: Set<number>): void {
  const least = leastAlike * 127 * 127;
  for (let i = 0; i < images.length; i++) {
    const a = images[i]! * descriptorLength;
    for (let j = i + 1; j < images.length; j++) {
      const b = images[j]! * descriptorLength;
      let sum = 0;
      for (let k = 1; k < descriptorLength; k++) sum += descriptors[a + k]! * descriptors[b + k]!;
      // Flat images have no descriptor: the pixels decide.
      const bothFlat = sum === 0 && descriptors[a + 1] === 0 && descriptors[b + 1] === 0;
      if (sum >= least || bothFlat) found.add(images[i]! * length + images[j]!);
    }
  }
}

/** Pearson's; 1 of two flat images of one brightness, 0 of a flat one and any other. */
function correlationOf(a: Float64Array, b: Float64Array): number {
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, ownA, ownB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - meanA, b[i]! - meanB];
    both += x * y;
    ownA += x * x;
    ownB += y * y;
  }
  if (ownA === 0 && ownB === 0) return Math.abs(meanA - meanB) < 3 ? 1 : 0;
  return ownA === 0 || ownB === 0 ? 0 : both / Math.sqrt(ownA * ownB);
}
