import type { Augmentation } from './augmentation.js';
import { within } from './check.js';

export interface NoiseOptions {
  /** Standard deviation in grey levels, from 0 to this, 0..128. */
  readonly deviation: number;
  /** Share of the images, 0..1. Default: 1. */
  readonly probability?: number;
}

/**
 * Noise of its own on every value of every channel. It is the sum of four bytes (Irwin-Hall), which is a normal
 * distribution but for tails beyond 3.4 deviations, and costs one draw.
 */
export function noise({ deviation, probability = 1 }: NoiseOptions): Augmentation {
  within('deviation of noise', deviation, 0, 128);
  within('probability of noise', probability, 0, 1);
  // Mean and standard deviation of four evenly drawn bytes together.
  const mean = 4 * 127.5;
  const spread = Math.sqrt((4 * (256 ** 2 - 1)) / 12);
  return {
    name: 'noise',
    settings: { deviation, probability },
    source: import.meta.url,
    apply(image, _, random) {
      const chosen = random.next() < probability;
      const factor = random.between(0, deviation) / spread;
      // A stream of its own, of which each number costs a few operations: mulberry32.
      let state = random.below(2 ** 32);
      if (!chosen || factor === 0) return image;
      const result = new Uint8ClampedArray(image.length);
      for (let i = 0; i < image.length; i++) {
        state = (state + 0x6d2b79f5) | 0;
        let bits = Math.imul(state ^ (state >>> 15), state | 1);
        bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
        bits ^= bits >>> 14;
        const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24);
        result[i] = image[i]! + (sum - mean) * factor;
      }
      return new Uint8Array(result.buffer);
    },
  };
}
