import sharp, { type Sharp } from 'sharp';
import { damaged } from './damaged.js';
import { readHeader } from './header.js';
import { type DecodeOptions, defaultMaxPixels } from './options.js';
import { orient } from './orient.js';
import { decodePng } from './png/decode.js';
import type { Rgba } from './rgba.js';

/**
 * A PNG, JPEG or WebP image (of an animation the first frame) as 8-bit RGBA, upright, colour profiles ignored. The same
 * function is there for browsers; docs/images.md says how far the two agree.
 *
 * @throws OnwardError kind `type` for other formats, `size` for too many pixels (before decoding), `input` when damaged
 */
export async function decode(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Rgba> {
  const { name = 'the image', maxPixels = defaultMaxPixels } = options;
  const { format, orientation } = readHeader(bytes, options);
  if (format === 'png') return orient(decodePng(bytes, name), orientation);
  try {
    // `sequentialRead` streams the lines; one core a picture, for whoever decodes many runs workers.
    const picture = sharp(bytes, {
      failOn: 'error',
      limitInputPixels: maxPixels,
      ignoreIcc: true,
      sequentialRead: true,
    });
    const { space } = format === 'jpeg' ? await picture.metadata() : { space: undefined };
    if (space === 'cmyk') return orient(await fromCmyk(picture), orientation);
    const { data, info } = await picture
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return orient({ width: info.width, height: info.height, data }, orientation);
  } catch (thrown) {
    throw damaged(name, format, 'its pixels cannot be decoded', thrown);
  }
}

/** Ink to light without a profile, `round(c * k / 255)` of the inverted inks: what browsers do with an untagged CMYK image. */
async function fromCmyk(picture: Sharp): Promise<Rgba> {
  const { data, info } = await picture
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .raw()
    .toBuffer({ resolveWithObject: true });
  for (let i = 0; i < data.length; i += 4) {
    const light = 255 - data[i + 3]!;
    for (let c = i; c < i + 3; c++) data[c] = Math.round(((255 - data[c]!) * light) / 255);
    data[i + 3] = 255;
  }
  return { width: info.width, height: info.height, data };
}
