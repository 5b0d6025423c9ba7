import type { Augmentation } from './augmentation.js';
import { within } from './check.js';
import { lookup } from './lookup.js';

export interface GammaOptions {
  /** The exponent lies between 1 / (1 + range) and 1 + range, evenly in its logarithm; 0..9. */
  readonly range: number;
}

/** `255 (value / 255) ^ gamma`: middle tones darker or brighter, black and white as they were. */
export function gamma({ range }: GammaOptions): Augmentation {
  within('range of gamma', range, 0, 9);
  const most = Math.log(1 + range);
  return {
    name: 'gamma',
    settings: { range },
    source: import.meta.url,
    apply(image, _, random) {
      const exponent = Math.exp(random.between(-most, most));
      return exponent === 1 ? image : lookup(image, (value) => 255 * (value / 255) ** exponent);
    },
  };
}
