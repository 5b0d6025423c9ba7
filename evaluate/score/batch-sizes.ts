/** Decides how many images an engine is given at once, by what it took for others, on images that are wanted anyway. */
export interface BatchSizes {
  /** For the next images. */
  next(): number;
  /** What a batch took, in milliseconds. */
  took(size: number, milliseconds: number): void;
}

/**
 * Images at once that are seldom far from the best: many small ones, whose calls cost more than their sums, few large ones,
 * whose sums leave the processor's cache. Measured: 128 of 32x32x1 (44,000 images/s, at 32 32,000), 32 of 64x64x3.
 * @param bytes of one
 */
export const usualSize = (bytes: number) => 2 ** Math.floor(Math.log2(Math.min(128, Math.max(16, 400_000 / bytes))));
/** Of each size. The first one warms up: shapes are new to the engine then. */
const trials = 4;
/** Milliseconds: where a batch takes longer, larger ones bring nothing but memory. */
const longest = 400;
/** Each size that is tried costs images at the wrong one: with fewer images than this it does not pay. */
const enough = 10_000;
/** Of sizes that are as quick as this share of the quickest, the largest is taken: what is measured varies. */
const asQuick = 0.9;

/** Always the same size. */
export const fixedSize = (size: number): BatchSizes => ({ next: () => size, took: () => {} });

/**
 * The quickest of the usual size, half and twice as many. All are tried in turn, several times, so that what else the machine
 * does falls on all alike.
 * @param images how many there are in all
 * @param bytes of one
 */
export function quickestSize(images: number, bytes: number): BatchSizes {
  const usual = usualSize(bytes);
  if (images < enough) return fixedSize(usual);
  let sizes: readonly number[] = [usual / 2, usual, usual * 2];
  const times = new Map<number, number[]>(sizes.map((size) => [size, []]));
  let given = 0;
  let chosen: number | undefined;
  return {
    next: () => chosen ?? sizes[given++ % sizes.length]!,
    took(size, milliseconds) {
      const taken = times.get(size);
      // The last images of all are fewer.
      if (chosen !== undefined || !taken) return;
      taken.push(milliseconds / size);
      if (milliseconds > longest) sizes = sizes.filter((other) => other <= size);
      if (sizes.some((one) => times.get(one)!.length < trials)) return;
      const best = sizes.map((one) => Math.min(...times.get(one)!.slice(1)));
      const least = Math.min(...best);
      chosen = sizes.findLast((_, i) => best[i]! * asQuick <= least)!;
    },
  };
}
