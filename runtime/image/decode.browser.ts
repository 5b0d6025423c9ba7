import { damaged } from './damaged.js';
import { readHeader } from './header.js';
import type { DecodeOptions } from './options.js';
import { orient } from './orient.js';
import { decodePng } from './png/decode.js';
import type { Rgba } from './rgba.js';

/** The same function as in Node, with the browser's own decoders for JPEG and WebP. */
export async function decode(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Rgba> {
  const { name = 'the image' } = options;
  const { format, orientation } = readHeader(bytes, options);
  if (format === 'png') return orient(decodePng(bytes, name), orientation);
  try {
    const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: `image/${format}` }), {
      colorSpaceConversion: 'none',
      premultiplyAlpha: 'none',
      imageOrientation: 'from-image',
    });
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no 2d context');
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    const { data } = context.getImageData(0, 0, width, height);
    return { width, height, data: new Uint8Array(data.buffer) };
  } catch (thrown) {
    throw damaged(name, format, 'its pixels cannot be decoded', thrown);
  }
}
