import { damaged } from './damaged.js';
import { resetOrientation } from './exif.js';
import type { ImageFormat } from './format.js';
import { readHeader, readStored } from './header.js';
import type { DecodeOptions } from './options.js';
import { orient } from './orient.js';
import { decodePng } from './png/decode.js';
import { readExactly } from './read-exactly.browser.js';
import type { Rgba } from './rgba.js';

/**
 * A PNG, JPEG or WebP image (of an animation the first frame) as 8-bit RGBA, upright, colour profiles ignored. The same
 * function is there for Node; docs/images.md says how far the two agree. Runs in a page and in a worker.
 *
 * @throws OnwardError kind `type` for other formats, `size` for too many pixels (before decoding), `input` when damaged
 */
export async function decode(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Rgba> {
  const { name = 'the image' } = options;
  const { format, orientation } = readHeader(bytes, options);
  if (format === 'png') return orient(decodePng(bytes, name), orientation);
  try {
    return orient(await decodeStored(bytes, format, name), orientation);
  } catch (thrown) {
    throw damaged(name, format, 'its pixels cannot be decoded', thrown);
  }
}

/**
 * The pixels as they are stored. Not by WebCodecs' ImageDecoder: it gives JPEG and lossy WebP as YUV with fewer colour
 * samples and repeats these where libjpeg and libwebp interpolate, up to 100 levels away.
 */
async function decodeStored(bytes: Uint8Array, format: ImageFormat, name: string): Promise<Rgba> {
  const file = bytes.slice();
  const { exif } = readStored(file, format, name);
  if (exif) resetOrientation(exif);
  const bitmap = await createImageBitmap(new Blob([file], { type: `image/${format}` }), {
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  });
  try {
    const image = readCanvas(bitmap);
    return isOpaque(image) ? image : (readExactly(bitmap) ?? image);
  } finally {
    bitmap.close();
  }
}

/** Exact where the picture is opaque: a canvas keeps colours multiplied by alpha. */
function readCanvas(bitmap: ImageBitmap): Rgba {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('the browser gives no canvas of this size');
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, data: new Uint8Array(data.buffer) };
}

function isOpaque({ data }: Rgba): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return false;
  return true;
}
