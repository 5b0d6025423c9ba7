/** Test-time augmentation. */
export { augmentationsOf } from './augmentations.js';
export { type PredictAugmentedOptions, predictAugmented } from './predict-augmented.js';
