import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded stream of random numbers: the same seed gives the same numbers on every machine. */
export interface Random {
  /** A float in [0, 1), with 32 random bits. */
  next(): number;
  /** An integer in [0, n). */
  below(n: number): number;
  /** A float in [low, high). */
  between(low: number, high: number): number;
  /** The numbers 0..n-1 in random order. */
  permutation(n: number): Uint32Array;
}

/**
 * 32 bits out of any list of numbers and words, so that a seed can be derived: `seedOf(runSeed, 'dropout', step)`. FNV-1a,
 * then MurmurHash3's finalizer: without it, seeds that differ in their last digit give streams whose first numbers are close.
 */
export function seedOf(...parts: (number | string)[]): number {
  let hash = 0x811c9dc5;
  for (const char of parts.join('\u0000')) {
    hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export function random(...seed: (number | string)[]): Random {
  const generator = xoroshiro128plus(seedOf(...seed) | 0);
  const next = () => (generator.next() >>> 0) / 2 ** 32;
  const below = (n: number) => Math.floor(next() * n);
  return {
    next,
    below,
    between: (low, high) => low + next() * (high - low),
    permutation: (n) => {
      const order = Uint32Array.from({ length: n }, (_, i) => i);
      for (let i = n - 1; i > 0; i--) {
        const j = below(i + 1);
        [order[i], order[j]] = [order[j]!, order[i]!];
      }
      return order;
    },
  };
}
