import type { Pixels } from '../runtime/image/index.js';

const gap = 2;
/** Small images are shown larger, by a whole factor, so that a person sees them. */
const least = 48;

/**
 * Rows of images of one shape, side by side on gray.
 * @param shape height, width, channels of an image
 * @param rows of each row its images, uint8 `[count, ...shape]`; rows may be of different lengths, or empty
 * @returns RGB pixels
 */
export function imageGrid(
  [height, width, channels]: readonly [number, number, 1 | 3],
  rows: readonly Uint8Array[],
): Pixels {
  const factor = Math.max(1, Math.ceil(least / Math.max(height, width)));
  const [cellWide, cellHigh] = [width * factor + gap, height * factor + gap];
  const size = height * width * channels;
  const across = Math.max(1, ...rows.map((images) => images.length / size));
  const grid = { width: across * cellWide + gap, height: rows.length * cellHigh + gap };
  const data = new Uint8Array(grid.width * grid.height * 3).fill(96);
  for (const [row, images] of rows.entries()) {
    for (let n = 0; n < images.length / size; n++) {
      for (let y = 0; y < height * factor; y++) {
        for (let x = 0; x < width * factor; x++) {
          const from = n * size + (Math.floor(y / factor) * width + Math.floor(x / factor)) * channels;
          const to = ((gap + row * cellHigh + y) * grid.width + gap + n * cellWide + x) * 3;
          for (let c = 0; c < 3; c++) data[to + c] = images[from + (channels === 3 ? c : 0)]!;
        }
      }
    }
  }
  return { ...grid, data };
}
