/** Decides how many images an engine is given at once, by what it took for others, on images that are wanted anyway. */
export interface BatchSizes {
  /** For the next images. */
  next(): number;
  /** What a batch took, in milliseconds. */
  took(size: number, milliseconds: number): void;
}

const candidates = [8, 16, 32, 64, 128, 256] as const;
/** The first batch of a size warms up: shapes are new to the engine then. */
const trials = 4;
/** Bytes of images at once, at most. */
const most = 64e6;
/** Each size that is tried costs images at the wrong one: with fewer images than this it does not pay. */
const enough = 5000;

/** Always the same size. */
export const fixedSize = (size: number): BatchSizes => ({ next: () => size, took: () => {} });

/**
 * The quickest of 8 to 256 images at once. Goes up as long as that helps: on a CPU it soon does not, on a GPU it does.
 * @param images how many there are in all
 * @param bytes of one
 */
export function quickestSize(images: number, bytes: number): BatchSizes {
  const sizes = candidates.filter((size) => size === candidates[0] || size * bytes <= most);
  if (images < enough) return fixedSize(sizes.findLast((size) => size <= 64)!);
  const best = new Map<number, number>();
  const given = new Map<number, number>();
  let at = 0;
  let chosen: number | undefined;
  const quickest = () => [...best].sort(([, a], [, b]) => a - b)[0];
  return {
    next() {
      if (chosen !== undefined) return chosen;
      while (at < sizes.length && (given.get(sizes[at]!) ?? 0) >= trials) at++;
      const size = sizes[at] ?? sizes.at(-1)!;
      given.set(size, (given.get(size) ?? 0) + 1);
      return size;
    },
    took(size, milliseconds) {
      if (chosen !== undefined) return;
      const perImage = milliseconds / size;
      best.set(size, Math.min(best.get(size) ?? Infinity, perImage));
      const [leader, least] = quickest()!;
      const isDone = (given.get(size) ?? 0) >= trials;
      const isWorse = perImage > least * 1.15 && isDone && sizes.indexOf(size as 8) > sizes.indexOf(leader as 8) + 1;
      if (isWorse || (isDone && size === sizes.at(-1))) chosen = leader;
    },
  };
}
