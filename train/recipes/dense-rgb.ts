import { usualSteps } from '../../runtime/model/index.js';
import type { Recipe } from '../recipe.js';
import { denseNetwork } from './parts/dense-network.js';

/** Of the published study of street-number classifiers: what dense layers alone make of colour images. */
export const denseRgb: Recipe = {
  name: 'dense-rgb',
  description: 'four dense layers on colour images: a baseline of the published study',
  channels: 3,
  preprocessing: () => usualSteps.unit,
  batchSize: 12,
  epochs: { native: 40, wasm: 40 },
  labelSmoothing: 0,
  augmentation: () => [],
  learningRate: () => 1.25e-5,
  build: (tf, spec) => denseNetwork(tf, spec, { name: 'dense_rgb' }),
};
