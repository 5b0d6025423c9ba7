import type { Augmentation } from './augmentation.js';

export interface LightOptions {
  /** Share of the full range, either way. */
  readonly brightness: number;
  /** Share by which the distance from the middle grows or shrinks. */
  readonly contrast: number;
}

/** Brightness and contrast of the whole image. */
export function light({ brightness, contrast }: LightOptions): Augmentation {
  return {
    name: 'light',
    settings: { brightness, contrast },
    apply(image, _, random) {
      const gain = 1 + random.between(-contrast, contrast);
      const offset = 127.5 * (1 - gain) + 255 * random.between(-brightness, brightness);
      // Through a table: there are only 256 values.
      const table = Uint8ClampedArray.from({ length: 256 }, (_, value) => value * gain + offset);
      return image.map((value) => table[value]!);
    },
  };
}
