import type { Augmentation } from './augmentation.js';
import { span } from './check.js';
import { resample } from './resample.js';

export interface CropOptions {
  /** Share of the image's area that is left, the least and the most, 0.01..1. */
  readonly area: readonly [number, number];
  /** How much wider than high the part may be, against the image's own shape: the least and the most. Default: 3/4..4/3. */
  readonly aspect?: readonly [number, number];
}

/**
 * A part of the image, enlarged to its size (bilinear): the random resized crop of Inception (Szegedy et al., arXiv:1409.4842).
 * A part that is too wide or too high is cut to the image. For crops of an image with a border around it, as CIFAR's
 * networks are trained, use the shifts of `affine`.
 */
export function crop({ area, aspect = [3 / 4, 4 / 3] }: CropOptions): Augmentation {
  span('area of crop', area, 0.01, 1);
  span('aspect of crop', aspect, 0.1, 10);
  const logarithms = aspect.map(Math.log) as [number, number];
  return {
    name: 'crop',
    settings: { area, aspect },
    source: import.meta.url,
    apply(image, shape, random) {
      const part = random.between(...area);
      const ratio = Math.sqrt(Math.exp(random.between(...logarithms)));
      const scaleY = Math.min(1, Math.sqrt(part) / ratio);
      const scaleX = Math.min(1, Math.sqrt(part) * ratio);
      const [height, width] = shape;
      const top = random.between(0, (1 - scaleY) * height);
      const left = random.between(0, (1 - scaleX) * width);
      if (scaleY === 1 && scaleX === 1) return image;
      // A pixel is a square with its value in the middle: hence the halves.
      const matrix = [scaleY, 0, top + scaleY / 2 - 0.5, 0, scaleX, left + scaleX / 2 - 0.5] as const;
      return resample(image, shape, matrix, { fillMode: 'nearest', fillValue: 0 });
    },
  };
}
