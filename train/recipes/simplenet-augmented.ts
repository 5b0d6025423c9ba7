import { digits } from '../augment/index.js';
import type { Recipe } from '../recipe.js';
import { simplenet, simplenetModel } from './simplenet.js';

/** Of the published study: `simplenet` on images that are turned, moved up and down, sheared, lit otherwise and inverted. */
export const simplenetAugmented: Recipe = {
  ...simplenet,
  name: 'simplenet-augmented',
  description: 'simplenet with augmentation for digits, the best of the published study; hours on a CPU',
  augmentation: digits,
  build: (tf, spec) => simplenetModel(tf, spec, 'simplenet_augmented'),
};
