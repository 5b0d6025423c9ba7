import { z } from 'zod';
import { type StepKind, sizeOf } from './kind.js';

const schema = z.object({ kind: z.literal('standardize') });

/**
 * Each image to mean 0 and deviation 1, with a deviation of at least 1 / sqrt(size), as `tf.image.per_image_standardization`
 * has it. Sums are in float64 here and in float32 in the graph: equal to some 1e-6, not to the bit.
 */
export const standardize: StepKind<typeof schema> = {
  schema,
  shape: (shape) => shape,
  apply(values, shape) {
    const size = sizeOf(shape);
    for (let from = 0; from < values.length; from += size) {
      const image = values.subarray(from, from + size);
      const mean = image.reduce((sum, x) => sum + x, 0) / size;
      const variance = image.reduce((sum, x) => sum + (x - mean) ** 2, 0) / size;
      const deviation = Math.max(Math.sqrt(variance), 1 / Math.sqrt(size));
      for (let i = 0; i < size; i++) image[i] = (image[i]! - mean) / deviation;
    }
    return values;
  },
};
