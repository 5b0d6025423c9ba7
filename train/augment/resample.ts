import type { ImageShape } from './augmentation.js';
import { within } from './check.js';

/** What stands beyond the image's edge, by Keras' names: `nearest` repeats the edge (aaaa|abcd|dddd), `reflect` mirrors it (dcba|abcd|dcba). */
export type FillMode = 'nearest' | 'reflect' | 'constant';

export interface Fill {
  /** Default: `nearest`, as in Keras. */
  readonly fillMode?: FillMode;
  /** The value beyond the edge with `constant`, 0..255. Default: 0. */
  readonly fillValue?: number;
}

/** @throws RangeError for a fill that there is not */
export function checkFill(name: string, { fillMode = 'nearest', fillValue = 0 }: Fill): Required<Fill> {
  if (fillMode !== 'nearest' && fillMode !== 'reflect' && fillMode !== 'constant') {
    throw new RangeError(`expected fillMode of ${name} to be nearest, reflect or constant, got ${fillMode}`);
  }
  return { fillMode, fillValue: within(`fillValue of ${name}`, fillValue, 0, 255) };
}

/** Row and column in the image of the pixel at row y and column x of the result: `[yy, yx, y0, xy, xx, x0]`, row = yy y + yx x + y0. */
export type Matrix = readonly [number, number, number, number, number, number];

/**
 * Every pixel of the result looked up in the image, between its four neighbours (bilinear), as
 * `scipy.ndimage.affine_transform(order=1)` does it, and rounded.
 */
export function resample(image: Uint8Array, shape: ImageShape, matrix: Matrix, fill: Required<Fill>): Uint8Array {
  const [height, width, channels] = shape;
  const [yy, yx, y0, xy, xx, x0] = matrix;
  const [lastRow, lastColumn, stride] = [height - 1, width - 1, width * channels];
  const result = new Uint8Array(image.length);
  const outside = outsideOf(fill);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += channels) {
      const row = yy * y + yx * x + y0;
      const column = xy * y + xx * x + x0;
      // Whole numbers for the compiler, too: the indices that follow are then integers.
      const top = Math.floor(row) | 0;
      const left = Math.floor(column) | 0;
      const fy = row - top;
      const fx = column - left;
      let above = top * stride;
      let below = above + stride;
      let before = left * channels;
      let after = before + channels;
      if (top < 0 || left < 0 || top >= lastRow || left >= lastColumn) {
        if (fill.fillMode === 'constant' && (row < 0 || column < 0 || row > lastRow || column > lastColumn)) {
          result.fill(fill.fillValue, to, to + channels);
          continue;
        }
        above = outside(top, height) * stride;
        below = outside(top + 1, height) * stride;
        before = outside(left, width) * channels;
        after = outside(left + 1, width) * channels;
      }
      const upperRight = (1 - fy) * fx;
      const upperLeft = 1 - fy - upperRight;
      const lowerRight = fy * fx;
      const lowerLeft = fy - lowerRight;
      above += before;
      below += before;
      const next = after - before;
      for (let c = to; c < to + channels; c++, above++, below++) {
        result[c] =
          image[above]! * upperLeft +
          image[above + next]! * upperRight +
          image[below]! * lowerLeft +
          image[below + next]! * lowerRight +
          0.5;
      }
    }
  }
  return result;
}

/** Which of `size` rows or columns stands for one that may lie outside. */
function outsideOf({ fillMode }: Required<Fill>): (index: number, size: number) => number {
  if (fillMode !== 'reflect') return (index, size) => (index < 0 ? 0 : index >= size ? size - 1 : index);
  return (index, size) => {
    const period = 2 * size;
    const place = ((index % period) + period) % period;
    return place < size ? place : period - 1 - place;
  };
}
