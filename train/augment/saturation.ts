import type { Augmentation } from './augmentation.js';
import { within } from './check.js';
import { luma } from './luma.js';

export interface SaturationOptions {
  /** The distance from grey is multiplied by 1 - range to 1 + range, 0..1. */
  readonly range: number;
}

/** Paler or more colourful: `ImageEnhance.Color` of Pillow, rounded where that cuts fractions off. Gray images stay as they are. */
export function saturation({ range }: SaturationOptions): Augmentation {
  within('range of saturation', range, 0, 1);
  return {
    name: 'saturation',
    settings: { range },
    source: import.meta.url,
    apply(image, [, , channels], random) {
      const factor = random.between(1 - range, 1 + range);
      if (channels !== 3 || factor === 1) return image;
      const result = new Uint8ClampedArray(image.length);
      for (let i = 0; i < image.length; i += 3) {
        const gray = luma(image[i]!, image[i + 1]!, image[i + 2]!);
        for (let c = i; c < i + 3; c++) result[c] = gray + (image[c]! - gray) * factor;
      }
      return new Uint8Array(result.buffer);
    },
  };
}
