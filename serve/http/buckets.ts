import type { Rate } from './rate.js';

/** A token bucket for each client (https://en.wikipedia.org/wiki/Token_bucket): full at first, refilled all the time. */
export interface Buckets {
  /**
   * Takes a token.
   * @returns 0, or the milliseconds until there is one
   */
  take(client: string, rate: Rate): number;
  /** Takes more for what turned out to be worth more; a bucket may then be below empty. */
  charge(client: string, tokens: number): void;
}

export interface BucketsOptions {
  /** Clients that are remembered: beyond it the one that asked longest ago is taken for a new one. */
  readonly most?: number;
  /** Milliseconds that only grow. */
  readonly now?: () => number;
}

interface Bucket {
  tokens: number;
  at: number;
}

export function createBuckets({ most = 65_536, now = () => performance.now() }: BucketsOptions = {}): Buckets {
  /** In the order in which they asked last. */
  const buckets = new Map<string, Bucket>();
  return {
    take(client, { count, per }) {
      const time = now();
      const bucket = buckets.get(client) ?? { tokens: count, at: time };
      bucket.tokens = Math.min(count, bucket.tokens + ((time - bucket.at) * count) / per);
      bucket.at = time;
      buckets.delete(client);
      buckets.set(client, bucket);
      if (buckets.size > most) buckets.delete(buckets.keys().next().value!);
      // Sums of fractions end a little below.
      if (bucket.tokens < 1 - 1e-9) return Math.max(1, ((1 - bucket.tokens) * per) / count);
      bucket.tokens--;
      return 0;
    },
    charge(client, tokens) {
      const bucket = buckets.get(client);
      if (bucket) bucket.tokens -= tokens;
    },
  };
}
