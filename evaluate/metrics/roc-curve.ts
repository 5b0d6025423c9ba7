import { ranks } from './ranks.js';
import type { Scored } from './scored.js';

/**
 * The receiver operating characteristic of a class against the rest: `[false positives' share, true positives' share]` from
 * [0, 0] to [1, 1], thinned out for drawing; null where the class has all images or none.
 */
export function rocCurve(scored: Scored, c: number, most = 200): readonly (readonly [number, number])[] | null {
  const { own, rest } = ranks(scored, c);
  if (own.length === 0 || rest.length === 0) return null;
  const points: [number, number][] = [[0, 0]];
  let [i, j] = [own.length, rest.length];
  const least = 1 / most;
  while (i > 0 || j > 0) {
    const threshold = Math.max(own[i - 1] ?? -Infinity, rest[j - 1] ?? -Infinity);
    while (i > 0 && own[i - 1]! >= threshold) i--;
    while (j > 0 && rest[j - 1]! >= threshold) j--;
    const point: [number, number] = [1 - j / rest.length, 1 - i / own.length];
    const last = points.at(-1)!;
    const end = i === 0 && j === 0;
    if (end || Math.abs(point[0] - last[0]) + Math.abs(point[1] - last[1]) >= least) points.push(point);
  }
  return points;
}
