import { z } from 'zod';
import { contrast } from './contrast.js';
import { grayscale } from './grayscale.js';
import type { ImageShape, StepKind } from './kind.js';
import { normalize } from './normalize.js';
import { reverseChannels } from './reverse-channels.js';
import { scale } from './scale.js';
import { standardize } from './standardize.js';

/** Every kind of step. To add one, write it in a file, list it here and below, and give its nodes to the exporter. */
const kinds = {
  contrast,
  grayscale,
  normalize,
  'reverse-channels': reverseChannels,
  scale,
  standardize,
} as const;

export const stepSchema = z.discriminatedUnion('kind', [
  contrast.schema,
  grayscale.schema,
  normalize.schema,
  reverseChannels.schema,
  scale.schema,
  standardize.schema,
]);

/**
 * What happens to the uint8 image before the first layer, described once: training computes it with `preprocess`, the
 * exported graph carries the same steps as nodes, and this description goes into the file's provenance.
 */
export type PreprocessingStep = z.infer<typeof stepSchema>;

const kindOf = (step: PreprocessingStep) => kinds[step.kind] as unknown as StepKind<z.ZodType<PreprocessingStep>>;

/**
 * The shape of an image after some steps.
 * @throws Error for steps that cannot take it
 */
export const preprocessedShape = (shape: ImageShape, steps: readonly PreprocessingStep[]): ImageShape =>
  steps.reduce((current, step) => kindOf(step).shape(current, step), shape);

/**
 * @param images uint8 `[count, ...shape]`
 * @param shape of one image
 * @returns float32 `[count, ...preprocessedShape(shape, steps)]`
 */
export function preprocess(
  images: Uint8Array,
  steps: readonly PreprocessingStep[],
  shape: ImageShape,
): Float32Array<ArrayBuffer> {
  let values: Float32Array<ArrayBuffer> = new Float32Array(images);
  let current = shape;
  for (const step of steps) {
    values = kindOf(step).apply(values, current, step);
    current = kindOf(step).shape(current, step);
  }
  return values;
}

export { leastRange } from './contrast.js';
export { lumaWeights } from './grayscale.js';
export type { ImageShape } from './kind.js';
export { usualSteps } from './usual.js';
