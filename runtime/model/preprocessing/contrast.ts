import { z } from 'zod';
import { type StepKind, sizeOf } from './kind.js';

const schema = z.object({ kind: z.literal('contrast') });

/** An image of one colour stays black: its range counts as 1. */
export const leastRange = 1;

/** Each image stretched over all of 0 to 255: its darkest number becomes 0, its lightest 255. */
export const contrast: StepKind<typeof schema> = {
  schema,
  shape: (shape) => shape,
  apply(values, shape) {
    const size = sizeOf(shape);
    for (let from = 0; from < values.length; from += size) {
      const image = values.subarray(from, from + size);
      let [low, high] = [Infinity, -Infinity];
      for (let i = 0; i < size; i++) {
        const value = image[i]!;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      const factor = Math.fround(255 / Math.max(Math.fround(high - low), leastRange));
      for (let i = 0; i < size; i++) image[i] = Math.fround(image[i]! - low) * factor;
    }
    return values;
  },
};
