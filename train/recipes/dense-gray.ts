import type { Recipe } from '../recipe.js';
import { denseNetwork } from './parts/dense-network.js';
import { grayWithContrast } from './parts/to-gray.js';

/** Of the published study: the dense layers of `dense-rgb` on gray images with all of their contrast. */
export const denseGray: Recipe = {
  name: 'dense-gray',
  description: 'four dense layers on gray images with their contrast stretched, of the published study',
  preprocessing: grayWithContrast,
  batchSize: 12,
  epochs: { native: 40, wasm: 40 },
  labelSmoothing: 0,
  augmentation: () => [],
  learningRate: () => 1.25e-5,
  build: (tf, spec) => denseNetwork(tf, spec, { name: 'dense_gray' }),
};
