import { z } from 'zod';
import type { StepKind } from './kind.js';

const schema = z.object({ kind: z.literal('grayscale') });

/**
 * The luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, in 65536ths as libjpeg and Pillow have it. Of bytes every product
 * and every sum is a whole number of 65536ths below 2^24 of them, which float32 holds exactly: the order of the sum, fused
 * or not, changes no bit on any engine.
 */
export const lumaWeights: readonly [red: number, green: number, blue: number] = [
  19595 / 65536,
  38470 / 65536,
  7471 / 65536,
];

/** Colours to gray: three channels become one. */
export const grayscale: StepKind<typeof schema> = {
  schema,
  shape([height, width, channels]) {
    if (channels !== 3) throw new Error(`grayscale takes images of 3 channels, got ${channels}`);
    return [height, width, 1];
  },
  apply(values) {
    const [red, green, blue] = lumaWeights;
    const gray = new Float32Array(values.length / 3);
    for (let i = 0, from = 0; i < gray.length; i++, from += 3) {
      gray[i] = values[from]! * red + values[from + 1]! * green + values[from + 2]! * blue;
    }
    return gray;
  },
};
