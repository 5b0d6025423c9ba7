import type { Augmentation } from './augmentation.js';
import { within } from './check.js';
import { lookup } from './lookup.js';

export interface BrightnessOptions {
  /** All values are multiplied by 1 - range to 1 + range, 0..1: Keras' `brightness_range=[1 - range, 1 + range]`. */
  readonly range: number;
}

/** Darker or brighter as a whole: `brightness_range` of Keras' `ImageDataGenerator`, rounded where that cuts fractions off. */
export function brightness({ range }: BrightnessOptions): Augmentation {
  within('range of brightness', range, 0, 1);
  return {
    name: 'brightness',
    settings: { range },
    source: import.meta.url,
    apply(image, _, random) {
      const factor = random.between(1 - range, 1 + range);
      return factor === 1 ? image : lookup(image, (value) => value * factor);
    },
  };
}
