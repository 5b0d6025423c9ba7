import { OnwardError } from '../runtime/common/index.js';
import { type ImageSpec, luma } from '../runtime/image/index.js';
import type { SourceOptions } from './source.js';

interface Size {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/**
 * The spec of a source whose images have one size. Colour may be asked for as gray, and gray as colour.
 * @throws OnwardError kind `usage` for another size
 */
export function fixedSpec(name: string, own: Size, { size, channels = own.channels }: SourceOptions): ImageSpec {
  const { width, height } = size === undefined ? own : typeof size === 'number' ? { width: size, height: size } : size;
  if (width !== own.width || height !== own.height) {
    throw new OnwardError(
      'usage',
      `the images of ${name} are ${own.width}x${own.height}, and ${width}x${height} was asked for: leave --size out, or use a dataset that the model fits`,
    );
  }
  return { width, height, channels, fit: 'contain', background: [0, 0, 0] };
}

/**
 * Pixels of `own` channels as `channels` says: as they are; of colours their luma, as a gray image is made of a coloured one
 * everywhere here; of gray three times the same.
 */
export function toChannels(pixels: Uint8Array, channels: 1 | 3, own: 1 | 3 = 3): Uint8Array {
  if (channels === own) return pixels;
  if (own === 1) {
    const out = new Uint8Array(pixels.length * 3);
    for (let i = 0; i < pixels.length; i++) out.fill(pixels[i]!, i * 3, i * 3 + 3);
    return out;
  }
  const out = new Uint8Array(pixels.length / 3);
  for (let i = 0, at = 0; i < out.length; i++, at += 3) out[i] = luma(pixels[at]!, pixels[at + 1]!, pixels[at + 2]!);
  return out;
}
