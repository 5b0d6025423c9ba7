import type { Augmentation } from './augmentation.js';
import { within } from './check.js';

export interface FlipOptions {
  /** Share of the images whose left and right change places, 0..1: Keras' `horizontal_flip` is 0.5. Default: 0. */
  readonly horizontal?: number;
  /** Share of the images that are turned upside down, 0..1: Keras' `vertical_flip` is 0.5. Default: 0. */
  readonly vertical?: number;
}

/** Mirrors images: not for digits, letters and hands, where the mirror image is something else or nothing. */
export function flip({ horizontal = 0, vertical = 0 }: FlipOptions): Augmentation {
  within('horizontal of flip', horizontal, 0, 1);
  within('vertical of flip', vertical, 0, 1);
  return {
    name: 'flip',
    settings: { horizontal, vertical },
    source: import.meta.url,
    apply(image, [height, width, channels], random) {
      const sideways = random.next() < horizontal;
      const upsideDown = random.next() < vertical;
      if (!sideways && !upsideDown) return image;
      const result = new Uint8Array(image.length);
      for (let y = 0, to = 0; y < height; y++) {
        const row = (upsideDown ? height - 1 - y : y) * width;
        for (let x = 0; x < width; x++) {
          const from = (row + (sideways ? width - 1 - x : x)) * channels;
          for (let c = 0; c < channels; c++) result[to++] = image[from + c]!;
        }
      }
      return result;
    },
  };
}
