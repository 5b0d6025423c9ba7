import type { Random } from '../../runtime/common/index.js';
import type { ImageShape } from './augmentation.js';
import { within } from './check.js';

/** What a box is filled with: the image's mean of each channel, values drawn evenly from 0..255, or one value. */
export type BoxFill = 'mean' | 'noise' | number;

/** Rows top..bottom and columns left..right, the last ones not in it. */
export interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** @throws RangeError for a fill that there is not */
export function checkBoxFill(name: string, fill: BoxFill): void {
  if (fill !== 'mean' && fill !== 'noise') within(`fill of ${name}, where not mean or noise,`, fill, 0, 255);
}

/** A copy of the image with a box in it. */
export function fillBox(image: Uint8Array, shape: ImageShape, box: Box, fill: BoxFill, random: Random): Uint8Array {
  const [, width, channels] = shape;
  const result = image.slice();
  const value = fillerOf(image, channels, fill, random);
  for (let y = box.top; y < box.bottom; y++) {
    const end = (y * width + box.right) * channels;
    for (let i = (y * width + box.left) * channels; i < end; i++) result[i] = value(i);
  }
  return result;
}

function fillerOf(image: Uint8Array, channels: number, fill: BoxFill, random: Random): (index: number) => number {
  if (fill === 'noise') return () => random.below(256);
  if (fill !== 'mean') return () => fill;
  const sums = new Float64Array(channels);
  for (let i = 0; i < image.length; i += channels) for (let c = 0; c < channels; c++) sums[c]! += image[i + c]!;
  const means = sums.map((sum) => Math.round((sum * channels) / image.length));
  return (index) => means[index % channels]!;
}
