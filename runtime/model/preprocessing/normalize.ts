import { z } from 'zod';
import type { StepKind } from './kind.js';

const schema = z.object({
  kind: z.literal('normalize'),
  mean: z.array(z.number()).min(1),
  std: z.array(z.number().positive()).min(1),
});

/** (x - mean) / std, with a mean and a deviation for each channel. */
export const normalize: StepKind<typeof schema> = {
  schema,
  shape(shape, { mean, std }) {
    const channels = shape[2];
    if (mean.length === channels && std.length === channels) return shape;
    throw new Error(
      `normalize has ${mean.length} means and ${std.length} deviations, and the image has ${channels} channels`,
    );
  },
  apply(values, [, , channels], step) {
    const means = Float32Array.from(step.mean);
    const deviations = Float32Array.from(step.std);
    for (let i = 0; i < values.length; i++) {
      const c = i % channels;
      values[i] = Math.fround(values[i]! - means[c]!) / deviations[c]!;
    }
    return values;
  },
};
