import type { Recipe } from '../recipe.js';
import { denseNetwork } from './parts/dense-network.js';
import { grayWithContrast } from './parts/to-gray.js';

/** Of the published study: `dense-gray` with batch norm and dropout after each of its four layers. */
export const denseRegularized: Recipe = {
  name: 'dense-regularized',
  description: 'four dense layers with batch norm and dropout on gray images, of the published study',
  preprocessing: grayWithContrast,
  batchSize: 12,
  epochs: { native: 40, wasm: 40 },
  labelSmoothing: 0,
  augmentation: () => [],
  learningRate: () => 1.25e-5,
  build: (tf, spec) => denseNetwork(tf, spec, { name: 'dense_regularized', dropout: 0.25 }),
};
