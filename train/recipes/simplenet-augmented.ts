import { affine, invert, light } from '../augment/index.js';
import type { Recipe } from '../recipe.js';
import { simplenet, simplenetModel } from './simplenet.js';

/** Of the published study: `simplenet` on images that are turned, moved up and down, sheared, lit otherwise and inverted. */
export const simplenetAugmented: Recipe = {
  ...simplenet,
  name: 'simplenet-augmented',
  description: 'simplenet with augmentation for digits, the best of the published study; hours on a CPU',
  augmentation: () => [
    affine({ rotation: 8, shift: 0.05, zoom: 0.05, shear: 5 }),
    light({ brightness: 0.1, contrast: 0.1 }),
    invert({ probability: 0.5 }),
  ],
  build: (tf, spec) => simplenetModel(tf, spec, 'simplenet_augmented'),
};
