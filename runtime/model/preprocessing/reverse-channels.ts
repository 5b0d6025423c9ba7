import { z } from 'zod';
import type { StepKind } from './kind.js';

const schema = z.object({ kind: z.literal('reverse-channels') });

/** RGB to BGR, as networks take it that were trained with Caffe: VGG16 of Keras, for one. */
export const reverseChannels: StepKind<typeof schema> = {
  schema,
  shape: (shape) => shape,
  apply(values, [, , channels]) {
    for (let from = 0; from < values.length; from += channels) values.subarray(from, from + channels).reverse();
    return values;
  },
};
