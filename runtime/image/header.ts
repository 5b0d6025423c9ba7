import { OnwardError } from '../common/index.js';
import { damaged } from './damaged.js';
import type { Orientation } from './exif.js';
import { formatOf, type ImageFormat } from './format.js';
import { readJpegHeader } from './jpeg-header.js';
import { type DecodeOptions, defaultMaxPixels, maxSide } from './options.js';
import { turnsSides } from './orient.js';
import { readPngHeader } from './png/header.js';
import { readWebpHeader } from './webp-header.js';

export interface ImageHeader {
  readonly format: ImageFormat;
  /** Pixels, of the upright picture: after the EXIF orientation. */
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
  /** Of a JPEG: 1 gray, 3 colour, 4 CMYK. */
  readonly components?: number;
}

/** What a format's own reader finds: the size as stored. */
export interface StoredHeader {
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
  readonly components?: number;
  /** The TIFF structure, a view into the file's bytes. */
  readonly exif?: Uint8Array;
}

const readers: Readonly<Record<ImageFormat, (bytes: Uint8Array) => StoredHeader | string>> = {
  png: readPngHeader,
  jpeg: readJpegHeader,
  webp: readWebpHeader,
};

/**
 * Format, size and orientation, read without decoding: some hundred bytes are looked at, nothing is allocated.
 *
 * @throws OnwardError kind `type` for other formats, `input` for a header that is damaged or cut off, `size` for more
 *   pixels than `maxPixels` or more than 65,535 on a side
 */
export function readHeader(bytes: Uint8Array, options: DecodeOptions = {}): ImageHeader {
  const { name = 'the image', maxPixels = defaultMaxPixels } = options;
  const format = formatOf(bytes, name);
  const stored = readStored(bytes, format, name);
  const { orientation, components } = stored;
  const [width, height] = turnsSides(orientation) ? [stored.height, stored.width] : [stored.width, stored.height];
  if (width * height > maxPixels) {
    throw new OnwardError(
      'size',
      `${name} has ${width} x ${height} pixels, more than the limit of ${maxPixels}: make it smaller first`,
    );
  }
  if (Math.max(width, height) > maxSide) {
    throw new OnwardError(
      'size',
      `${name} has ${width} x ${height} pixels, more than ${maxSide} on a side: make it smaller first`,
    );
  }
  return { format, width, height, orientation, ...(components !== undefined && { components }) };
}

/** @throws OnwardError kind `input` for a header that is damaged or cut off */
export function readStored(bytes: Uint8Array, format: ImageFormat, name: string): StoredHeader {
  const stored = readers[format](bytes);
  if (typeof stored === 'string') throw damaged(name, format, stored);
  return stored;
}
