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
        const [red, green, blue] = [image[i]!, image[i + 1]!, image[i + 2]!];
        const high = Math.max(red, green, blue);
        const low = Math.min(red, green, blue);
        const chroma = high - low;
        if (chroma === 0) {
          result.fill(high, i, i + 3);
          continue;
        }
        // Six sixths: red 0, green 2, blue 4.
        const sixth =
          high === red
            ? (green - blue) / chroma
            : high === green
              ? 2 + (blue - red) / chroma
              : 4 + (red - green) / chroma;
        const turned = (sixth + turn + 12) % 6;
        result[i] = low + chroma * ramp(turned) + 0.5;
        result[i + 1] = low + chroma * ramp((turned + 4) % 6) + 0.5;
        result[i + 2] = low + chroma * ramp((turned + 2) % 6) + 0.5;
      }
      return result;
    },
  };
}

/** How much of red a colour of this sixth has, 0..1; the other two primaries stand a third of the circle on. */
function ramp(sixth: number): number {
  if (sixth <= 1 || sixth >= 5) return 1;
  if (sixth < 2) return 2 - sixth;
  if (sixth > 4) return sixth - 4;
  return 0;
}
