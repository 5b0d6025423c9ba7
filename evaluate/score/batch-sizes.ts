/** Decides how many images an engine is given at once, by what it took for others, on images that are wanted anyway. */
export interface BatchSizes {
  /** For the next images. */
  next(): number;
  /** What a batch took, in milliseconds. */
  took(size: number, milliseconds: number): void;
}

const candidates = [64, 128, 256] as const;
/** Of each size. The first one warms up: shapes are new to the engine then. */
const trials = 4;
/** Bytes of images at once, at most. */
const most = 64e6;
/** Milliseconds: where a batch takes longer, larger ones bring nothing but memory. */
const longest = 400;
/** Each size that is tried costs images at the wrong one: with fewer images than this it does not pay. */
const enough = 10_000;
/** Of sizes that are as quick as this share of the quickest, the largest is taken: what is measured varies. */
const asQuick = 0.9;

/** Always the same size. */
export const fixedSize = (size: number): BatchSizes => ({ next: () => size, took: () => {} });

/**
 * The quickest of 64 to 256 images at once. All are tried in turn, several times, so that what else the machine does falls on
 * all alike.
 * @param images how many there are in all
 * @param bytes of one
 */
export function quickestSize(images: number, bytes: number): BatchSizes {
  let sizes: readonly number[] = candidates.filter((size) => size === candidates[0] || size * bytes <= most);
  if (images < enough) return fixedSize(sizes.findLast((size) => size <= 128)!);
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
