import type { Augmentation } from './augmentation.js';
import { within } from './check.js';

export interface HueOptions {
  /** Share of the colour circle, either way, 0..0.5. */
  readonly range: number;
}

/** All colours turned about the circle by the same angle, in HSV: `tf.image.adjust_hue`. Gray images stay as they are. */
export function hue({ range }: HueOptions): Augmentation {
  within('range of hue', range, 0, 0.5);
  return {
    name: 'hue',
    settings: { range },
    source: import.meta.url,
    apply(image, [, , channels], random) {
      const turn = 6 * random.between(-range, range);
      if (channels !== 3 || turn === 0) return image;
      const result = new Uint8Array(image.length);
      for (let i = 0; i < image.length; i += 3) {
        const red = image[i]!;
        const green = image[i + 1]!;
        const blue = image[i + 2]!;
        const high = Math.max(red, green, blue);
        const low = Math.min(red, green, blue);
        const chroma = high - low;
        if (chroma === 0) {
          result.fill(high, i, i + 3);
          continue;
        }
        // Red 0, green 2, blue 4, and red again 6.
        const sixth =
          high === red
            ? (green - blue) / chroma
            : high === green
              ? 2 + (blue - red) / chroma
              : 4 + (red - green) / chroma;
        const sum = sixth + turn;
        const turned = sum < 0 ? sum + 6 : sum >= 6 ? sum - 6 : sum;
        // How much of each primary a colour of this sixth has, 0..1.
        result[i] = low + chroma * clamp(Math.abs(turned - 3) - 1) + 0.5;
        result[i + 1] = low + chroma * clamp(2 - Math.abs(turned - 2)) + 0.5;
        result[i + 2] = low + chroma * clamp(2 - Math.abs(turned - 4)) + 0.5;
      }
      return result;
    },
  };
}

const clamp = (value: number) => (value < 0 ? 0 : value > 1 ? 1 : value);
