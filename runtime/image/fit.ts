import { flatten, luma } from './flatten.js';
import { type Axis, resample } from './resample.js';
import type { Rgba } from './rgba.js';
import type { ImageSpec } from './spec.js';

/**
 * Any image as the model wants it: alpha over the background, luma for one channel, antialiased bilinear scaling, placed.
 * Integer arithmetic, so that every machine gets the same bytes; docs/images.md says it exactly. An image that has the
 * size already is not resampled.
 *
 * @returns uint8, `spec.height * spec.width * spec.channels` bytes, row by row, channels last
 */
export function fit(image: Rgba, spec: ImageSpec): Uint8Array {
  const { width, height, channels, background } = spec;
  const pixels = flatten(image, channels, background);
  if (image.width === width && image.height === height) return pixels;
  const [columns, rows] = place(image, spec);
  const scaled = resample(pixels, channels, columns, rows);
  if (columns.count === width && rows.count === height) return scaled;

  const out = new Uint8Array(height * width * channels);
  const back = channels === 1 ? [luma(...background)] : background;
  for (let i = 0; i < out.length; i += channels) out.set(back, i);
  const left = Math.floor((width - columns.count) / 2);
  const top = Math.floor((height - rows.count) / 2);
  const line = columns.count * channels;
  for (let y = 0; y < rows.count; y++) {
    out.set(scaled.subarray(y * line, (y + 1) * line), ((top + y) * width + left) * channels);
  }
  return out;
}

/** To which size both axes are scaled, and which window of that is wanted. */
function place(image: Rgba, { width, height, fit }: ImageSpec): [Axis, Axis] {
  let [wide, high] = [width, height];
  if (fit !== 'stretch') {
    const byWidth = image.width * height >= image.height * width === (fit === 'contain');
    if (byWidth) high = scaledLength(image.height, width, image.width);
    else wide = scaledLength(image.width, height, image.height);
  }
  return [axis(image.width, wide, width), axis(image.height, high, height)];
}

/** `length * to / from`, rounded half up, at least 1. */
function scaledLength(length: number, to: number, from: number): number {
  return Math.max(1, Math.floor((2 * length * to + from) / (2 * from)));
}

function axis(length: number, scaled: number, wanted: number): Axis {
  const count = Math.min(scaled, wanted);
  return { length, scaled, from: Math.floor((scaled - count) / 2), count };
}
