import { type Random, random } from '../../runtime/common/index.js';
import type { Asked } from './repository.js';
import type { RouteSettings, Target } from './settings.js';

/** Draws points in [0, 100) for the requests of a route. */
export interface Draws {
  split(asked: Asked): number;
  shadow(): number;
}

/**
 * A stream of random numbers from the route's seed, one a request; of a sticky route a number that depends on the seed, the
 * route and the client alone, so that a share which grows keeps the clients that it had.
 */
export function drawsFor(name: string, { seed, sticky }: RouteSettings): Draws {
  const stream: Random = random(seed, 'split', name);
  const shadows: Random = random(seed, 'shadow', name);
  const keyOf = ({ client, header }: Asked) =>
    // Who does not send it is told apart as without it.
    (typeof sticky === 'string' ? header?.(sticky) : undefined) ?? client?.() ?? '';
  return {
    split: (asked) => 100 * (sticky === false ? stream.next() : random(seed, 'sticky', name, keyOf(asked)).next()),
    shadow: () => 100 * shadows.next(),
  };
}

/**
 * Whose share a point is in, from the first on. Where some are not there, theirs goes to the others in proportion.
 * @param point in [0, 100)
 * @param able what answers for a share, where it can
 */
export function pick<T>(
  shares: RouteSettings['split'],
  point: number,
  able: (to: Target) => T | undefined,
): T | undefined {
  let sum = 0;
  for (const { to, percent } of shares) if (able(to)) sum += percent;
  let at = (point / 100) * sum;
  let last: T | undefined;
  for (const { to, percent } of shares) {
    const one = able(to);
    if (!one) continue;
    if (at < percent) return one;
    at -= percent;
    last = one;
  }
  return last;
}
