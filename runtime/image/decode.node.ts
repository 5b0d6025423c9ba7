import { messageOf, OnwardError } from '../common/index.js';
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
 * @throws OnwardError kind `type` for other formats, `size` for too many pixels (before decoding), `input` when damaged, `missing`
 *   where sharp does not load
 */
export async function decode(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Rgba> {
  const { name = 'the image', maxPixels = defaultMaxPixels } = options;
  const { format, orientation, components } = readHeader(bytes, options);
  if (format === 'png') return orient(decodePng(bytes, name), orientation);
  const isCmyk = format === 'jpeg' && components === 4;
  const sharp = await loaded(name);
  try {
    // No `autoOrient` and no profile here: what is shared code does the first, and nobody the second.
    const picture = sharp(bytes, { failOn: 'error', limitInputPixels: maxPixels, ignoreIcc: true });
    if (isCmyk) picture.pipelineColourspace('cmyk').toColourspace('cmyk');
    const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
    return orient(
      { width: info.width, height: info.height, data: isCmyk ? fromCmyk(data) : toRgba(data, info.channels) },
      orientation,
    );
  } catch (thrown) {
    throw damaged(name, format, 'its pixels cannot be decoded', thrown);
  }
}

type Sharp = typeof import('sharp')['default'];

let loading: Promise<Sharp> | undefined;

/** With the first picture that is no PNG: it takes 15 to 20 MB and 35 ms, which a server of PNGs or tensors need not have. */
async function loaded(name: string): Promise<Sharp> {
  loading ??= import('sharp').then((module) => module.default);
  try {
    return await loading;
  } catch (cause) {
    throw new OnwardError(
      'missing',
      `${name}: JPEG and WebP are decoded by the package sharp, which does not load (${messageOf(cause).split('\n', 1)[0]}); run npm install again`,
      { cause },
    );
  }
}

/** sharp's own `ensureAlpha` takes a third of the time that a small picture needs in all. */
function toRgba(data: Uint8Array, channels: number): Uint8Array {
  // Not Node's Buffer, whose methods differ.
  if (channels === 4) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  const out = new Uint8Array((data.length / channels) * 4);
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  for (let i = 0, o = 0; i < data.length; i += channels, o += 4) {
    out[o] = data[i]!;
    out[o + 1] = data[i + green]!;
    out[o + 2] = data[i + blue]!;
    out[o + 3] = channels === 2 ? data[i + 1]! : 255;
  }
  return out;
}

/** Ink to light without a profile, `floor((255 - ink) * (255 - black) / 255)`: to the level what Chromium makes of it. */
function fromCmyk(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 4) {
    const light = 255 - data[i + 3]!;
    for (let c = i; c < i + 3; c++) out[c] = Math.floor(((255 - data[c]!) * light) / 255);
    out[i + 3] = 255;
  }
  return out;
}
