import type { Augmentation } from './augmentation.js';
import { within } from './check.js';
import { lookup } from './lookup.js';

export interface ChannelShiftOptions {
  /** Grey levels either way, 0..255: Keras' `channel_shift_range` on images of 0..255. */
  readonly range: number;
}

/**
 * One number added to all values, which stay between the image's own darkest and brightest: `channel_shift_range` of Keras'
 * `ImageDataGenerator`, which shifts all channels alike in spite of its name.
 */
export function channelShift({ range }: ChannelShiftOptions): Augmentation {
  within('range of channelShift', range, 0, 255);
  return {
    name: 'channelShift',
    settings: { range },
    source: import.meta.url,
    apply(image, _, random) {
      const shift = random.between(-range, range);
      if (shift === 0) return image;
      let [low, high] = [255, 0];
      for (let i = 0; i < image.length; i++) {
        const value = image[i]!;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      return lookup(image, (value) => Math.min(Math.max(value + shift, low), high));
    },
  };
}
