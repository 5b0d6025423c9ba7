import type { Augmentation } from './augmentation.js';

export interface AffineOptions {
  /** Degrees either way. */
  readonly rotation?: number;
  /** Share of the side, either way, in height and width. */
  readonly shift?: number;
  /** Share by which the image grows or shrinks. */
  readonly zoom?: number;
  /** Degrees either way. */
  readonly shear?: number;
}

/**
 * Rotation, shift, zoom and shear in one: each pixel of the result is looked up in the image (bilinear), and beyond the
 * edge the edge's pixel stands.
 */
export function affine({ rotation = 0, shift = 0, zoom = 0, shear = 0 }: AffineOptions): Augmentation {
  const radians = Math.PI / 180;
  return {
    name: 'affine',
    settings: { rotation, shift, zoom, shear },
    apply(image, [height, width, channels], random) {
      const angle = random.between(-rotation, rotation) * radians;
      const slant = Math.tan(random.between(-shear, shear) * radians);
      const scale = 1 / (1 + random.between(-zoom, zoom));
      const dy = random.between(-shift, shift) * height;
      const dx = random.between(-shift, shift) * width;
      const cos = Math.cos(angle) * scale;
      const sin = Math.sin(angle) * scale;
      const midY = (height - 1) / 2;
      const midX = (width - 1) / 2;
      const result = new Uint8Array(image.length);
      let to = 0;
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const v = y - midY - dy;
          const u = x - midX - dx + slant * v;
          const sy = Math.min(Math.max(sin * u + cos * v + midY, 0), height - 1);
          const sx = Math.min(Math.max(cos * u - sin * v + midX, 0), width - 1);
          const y0 = Math.floor(sy);
          const x0 = Math.floor(sx);
          const fy = sy - y0;
          const fx = sx - x0;
          const right = x0 + 1 < width ? channels : 0;
          const below = y0 + 1 < height ? width * channels : 0;
          let from = (y0 * width + x0) * channels;
          for (let c = 0; c < channels; c++, from++) {
            const top = image[from]! * (1 - fx) + image[from + right]! * fx;
            const bottom = image[from + below]! * (1 - fx) + image[from + below + right]! * fx;
            result[to++] = top * (1 - fy) + bottom * fy + 0.5;
          }
        }
      }
      return result;
    },
  };
}
