export { type AffineOptions, affine } from './affine.js';
export type { Augmentation, ImageShape } from './augmentation.js';
export { augmentBatch } from './batch.js';
export { invert } from './invert.js';
export { type LightOptions, light } from './light.js';
