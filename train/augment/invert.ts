import type { Augmentation } from './augmentation.js';
import { within } from './check.js';

export interface InvertOptions {
  /** Share of the images, 0..1. */
  readonly probability: number;
}

/** Black becomes white and white black, for a share of the images. */
export function invert({ probability }: InvertOptions): Augmentation {
  within('probability of invert', probability, 0, 1);
  return {
    name: 'invert',
    settings: { probability },
    source: import.meta.url,
    apply(image, _, random) {
      if (random.next() >= probability) return image;
      const result = new Uint8Array(image.length);
      for (let i = 0; i < image.length; i++) result[i] = 255 - image[i]!;
      return result;
    },
  };
}
