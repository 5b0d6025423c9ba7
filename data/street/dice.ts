import type { Random } from '../../runtime/common/index.js';

// Arithmetic that IEEE 754 defines to the last bit, and no other: `Math.sin`, `Math.exp` and `Math.pow` may differ between
// machines, and the same seed must draw the same bytes on all.

/** True with this probability. */
export const chance = (random: Random, probability: number) => random.next() < probability;

/** -1..1, most often near 0: the sum of three evenly spread numbers. */
export const bell = (random: Random) => (random.next() + random.next() + random.next()) / 1.5 - 1;

/** `low`..`high`, more often near `low`. */
export function nearLow(random: Random, low: number, high: number): number {
  const u = random.next();
  return low + u * u * (high - low);
}

export const pick = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)]!;

/**
 * A turn by about `angle` radians (exactly by 2 atan(angle / 2)): cosine and sine, without trigonometry.
 * `(1 - t²) / (1 + t²)` and `2t / (1 + t²)` for t = tan(half the angle).
 */
export function turn(angle: number): { readonly cos: number; readonly sin: number } {
  const t = angle / 2;
  const per = 1 / (1 + t * t);
  return { cos: (1 - t * t) * per, sin: 2 * t * per };
}
