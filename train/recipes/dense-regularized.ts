import type { Recipe } from '../recipe.js';
import { denseGray } from './dense-gray.js';
import { denseNetwork } from './parts/dense-network.js';

/** Of the published study: `dense-gray` with batch norm and dropout after each of its four layers. */
export const denseRegularized: Recipe = {
  ...denseGray,
  name: 'dense-regularized',
  description: 'four dense layers with batch norm and dropout on gray images, of the published study',
  build: (tf, spec) => denseNetwork(tf, spec, { name: 'dense_regularized', dropout: 0.25 }),
};
