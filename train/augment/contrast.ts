import type { Augmentation } from './augmentation.js';
import { within } from './check.js';
import { lookup } from './lookup.js';
import { luma } from './luma.js';

export interface ContrastOptions {
  /** The distance from the image's mean grey is multiplied by 1 - range to 1 + range, 0..1. */
  readonly range: number;
}

/** Flatter or harder, about the mean of the image's luma: `ImageEnhance.Contrast` of Pillow, rounded where that cuts fractions off. */
export function contrast({ range }: ContrastOptions): Augmentation {
  within('range of contrast', range, 0, 1);
  return {
    name: 'contrast',
    settings: { range },
    source: import.meta.url,
    apply(image, [height, width, channels], random) {
      const factor = random.between(1 - range, 1 + range);
      if (factor === 1) return image;
      let sum = 0;
      if (channels === 3) {
        for (let i = 0; i < image.length; i += 3) sum += luma(image[i]!, image[i + 1]!, image[i + 2]!);
      } else {
        for (let i = 0; i < image.length; i++) sum += image[i]!;
      }
      const middle = Math.round(sum / (height * width));
      return lookup(image, (value) => middle + (value - middle) * factor);
    },
  };
}
