/**
 * What a model wants an image to be, and how any image becomes that.
 *
 * - `contain`: the whole image, scaled to fit, centred on `background`
 * - `cover`: scaled to fill, what hangs over is cut off evenly
 * - `stretch`: scaled to the exact size, its shape not kept
 */
export interface ImageSpec {
  readonly width: number;
  readonly height: number;
  /** 1: luma, 3: red, green, blue. */
  readonly channels: 1 | 3;
  readonly fit: 'contain' | 'cover' | 'stretch';
  /** Red, green, blue (0..255): stands under transparent pixels and beside a contained image. */
  readonly background: readonly [number, number, number];
}
