import type { Augmentation } from './augmentation.js';
import { type BoxFill, checkBoxFill, fillBox } from './box.js';
import { within } from './check.js';

export interface CutoutOptions {
  /** Side of the square, as a share of the image's shorter side, 0..1. */
  readonly size: number;
  /** Share of the images, 0..1. Default: 1. */
  readonly probability?: number;
  /** Default: the image's mean. */
  readonly fill?: BoxFill;
}

/**
 * Hides a square whose middle may lie anywhere in the image, so that it may reach beyond the edge (DeVries & Taylor,
 * arXiv:1708.04552).
 */
export function cutout({ size, probability = 1, fill = 'mean' }: CutoutOptions): Augmentation {
  within('size of cutout', size, 0, 1);
  within('probability of cutout', probability, 0, 1);
  checkBoxFill('cutout', fill);
  return {
    name: 'cutout',
    settings: { size, probability, fill },
    source: import.meta.url,
    apply(image, shape, random) {
      const [height, width] = shape;
      const side = Math.round(size * Math.min(height, width));
      if (random.next() >= probability || side === 0) return image;
      const top = random.below(height) - (side >> 1);
      const left = random.below(width) - (side >> 1);
      const box = {
        ...{ top: Math.max(0, top), bottom: Math.min(height, top + side) },
        ...{ left: Math.max(0, left), right: Math.min(width, left + side) },
      };
      return fillBox(image, shape, box, fill, random);
    },
  };
}
