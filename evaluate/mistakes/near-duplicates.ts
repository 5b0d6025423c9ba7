import type { Dataset } from '../../data/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import { grayGrid, perceptualHash } from './perceptual-hash.js';

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
/** Bits that may differ. With four parts of 16 bits, one of them is equal then. */
const mostBits = 3;
/** More images than this with an equal part are of a kind, flat ones say, and comparing all of them takes too long. */
const mostInBucket = 400;
const leastCorrelation = 0.98;

const bitsOf = (value: number) => {
  let left = value - ((value >>> 1) & 0x55555555);
  left = (left & 0x33333333) + ((left >>> 2) & 0x33333333);
  return Math.imul((left + (left >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

/**
 * Pairs of images that are nearly the same: their perceptual hashes differ in at most 3 of 64 bits, and their pixels (on a grid
 * of 32 by 32) correlate by 0.98 or more. One pass over the images; 8 bytes of each are kept.
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
  const [high, low] = [new Uint32Array(length), new Uint32Array(length)];
  for (let start = 0; start < length; start += imagesAtOnce) {
    if (signal?.aborted) throw new OnwardError('interrupted', `stopped after ${start} of ${length} images`);
    const numbers = Uint32Array.from({ length: Math.min(imagesAtOnce, length - start) }, (_, i) => start + i);
    const pixels = await dataset.batch(numbers);
    for (const [i, image] of numbers.entries()) {
      const hash = perceptualHash(pixels.subarray(i * size, (i + 1) * size), shape);
      [high[image], low[image]] = hash as [number, number];
    }
    onProgress?.(start + numbers.length, length);
  }
  const { candidates, skipped } = alike(high, low);
  const pairs: NearDuplicate[] = [];
  for (let start = 0; start < candidates.length; start += imagesAtOnce) {
    const some = candidates.slice(start, start + imagesAtOnce);
    const pixels = await dataset.batch(some.flat());
    const grids = Array.from({ length: some.length * 2 }, (_, i) => pixels.subarray(i * size, (i + 1) * size));
    for (const [i, [first, second]] of some.entries()) {
      const [a, b] = [grids[2 * i]!, grids[2 * i + 1]!];
      const isExact = Buffer.compare(a, b) === 0;
      const correlation = isExact ? 1 : correlationOf(grayGrid(a, shape), grayGrid(b, shape));
      if (correlation >= leastCorrelation) pairs.push({ first, second, correlation, isExact });
    }
  }
  return { pairs: pairs.sort((a, b) => a.first - b.first || a.second - b.second), skipped };
}

/** Pairs whose hashes differ in few bits, each once. */
function alike(high: Uint32Array, low: Uint32Array): { candidates: [number, number][]; skipped: number } {
  const candidates: [number, number][] = [];
  let skipped = 0;
  const parts = [high, high, low, low].map((words, i) => words.map((word) => (word >>> (i % 2 ? 0 : 16)) & 0xffff));
  for (const [at, part] of parts.entries()) {
    const order = Uint32Array.from(part.keys()).sort((a, b) => part[a]! - part[b]! || a - b);
    for (let start = 0; start < order.length; ) {
      let end = start + 1;
      while (end < order.length && part[order[end]!] === part[order[start]!]) end++;
      if (end - start > mostInBucket) skipped += ((end - start) * (end - start - 1)) / 2;
      for (let i = start; end - start <= mostInBucket && i < end; i++) {
        for (let j = i + 1; j < end; j++) {
          const [a, b] = [order[i]!, order[j]!];
          // Found already where an earlier part is equal too.
          if (parts.slice(0, at).some((other) => other[a] === other[b])) continue;
          if (bitsOf(high[a]! ^ high[b]!) + bitsOf(low[a]! ^ low[b]!) <= mostBits) candidates.push([a, b]);
        }
      }
      start = end;
    }
  }
  return { candidates, skipped };
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
