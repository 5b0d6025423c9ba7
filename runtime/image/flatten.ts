import type { Rgba } from './rgba.js';

/** Luma of ITU-R BT.601 in 16-bit fixed point, as Pillow's mode `L` computes it (src/libImaging/Convert.c, `L24`). */
export function luma(red: number, green: number, blue: number): number {
  return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
}

/** x / 255, rounded, for x in 0..65025 (there are no ties: 255 is odd). */
function over255(x: number): number {
  const t = x + 128;
  return (t + (t >> 8)) >> 8;
}

/**
 * Alpha and colour gone: every pixel is put over the background, `round((alpha * c + (255 - alpha) * background) / 255)` a
 * channel, and for one channel the luma of the result is taken.
 *
 * @returns `width * height * channels` bytes
 */
export function flatten(image: Rgba, channels: 1 | 3, background: readonly [number, number, number]): Uint8Array {
  const { data } = image;
  const count = image.width * image.height;
  const out = new Uint8Array(count * channels);
  const [backRed, backGreen, backBlue] = background;
  for (let i = 0, o = 0; i < count * 4; i += 4) {
    let red = data[i]!;
    let green = data[i + 1]!;
    let blue = data[i + 2]!;
    const alpha = data[i + 3]!;
    if (alpha !== 255) {
      const rest = 255 - alpha;
      red = over255(alpha * red + rest * backRed);
      green = over255(alpha * green + rest * backGreen);
      blue = over255(alpha * blue + rest * backBlue);
    }
    if (channels === 1) {
      out[o++] = luma(red, green, blue);
    } else {
      out[o++] = red;
      out[o++] = green;
      out[o++] = blue;
    }
  }
  return out;
}
