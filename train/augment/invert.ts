import type { Augmentation } from './augmentation.js';

/** Black becomes white and white black, for a share of the images. */
export function invert({ probability }: { readonly probability: number }): Augmentation {
  return {
    name: 'invert',
    settings: { probability },
    apply: (image, _, random) => (random.next() < probability ? image.map((value) => 255 - value) : image),
  };
}
