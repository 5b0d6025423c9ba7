/** Pictures: read, decoded and fitted to the same bytes everywhere. */

export type { Orientation } from './exif.js';
export { fit } from './fit.js';
export { luma } from './flatten.js';
export { formatOf, type ImageFormat, imageExtensions } from './format.js';
export { type ImageHeader, readHeader } from './header.js';
export { type DecodeOptions, defaultMaxPixels } from './options.js';
export { decodePng } from './png/decode.js';
export { encodePng, type Pixels } from './png/encode.js';
export type { Rgba } from './rgba.js';
export type { ImageSpec } from './spec.js';
