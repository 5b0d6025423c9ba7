import type { Augmentation } from './augmentation.js';
import { within } from './check.js';
import { checkFill, type Fill, resample } from './resample.js';

export interface AffineOptions extends Fill {
  /** Degrees either way, 0..180: Keras' `rotation_range`. */
  readonly rotation?: number;
  /** Share of the height, up or down, 0..1: Keras' `height_shift_range`. */
  readonly heightShift?: number;
  /** Share of the width, left or right, 0..1: Keras' `width_shift_range`. */
  readonly widthShift?: number;
  /** Degrees either way, 0..89: Keras' `shear_range`. */
  readonly shear?: number;
  /** Height and width change by shares of their own, from `1 - zoom` to `1 + zoom`, 0..0.99: Keras' `zoom_range`. */
  readonly zoom?: number;
}

/**
 * Rotation, shifts, shear and zoom about the image's middle, in one resampling: what `ImageDataGenerator` of Keras does under
 * these names, with its matrices in its order. Two things that it does (3.15) are not repeated: it moves an image
 * sideways by `height_shift_range` and up or down by the other, and it turns images that are not square about another
 * point than their middle.
 */
export function affine(options: AffineOptions): Augmentation {
  const { rotation = 0, heightShift = 0, widthShift = 0, shear = 0, zoom = 0 } = options;
  const fill = checkFill('affine', options);
  within('rotation of affine', rotation, 0, 180);
  within('heightShift of affine', heightShift, 0, 1);
  within('widthShift of affine', widthShift, 0, 1);
  within('shear of affine', shear, 0, 89);
  within('zoom of affine', zoom, 0, 0.99);
  const radians = Math.PI / 180;
  return {
    name: 'affine',
    settings: { rotation, heightShift, widthShift, shear, zoom, ...fill },
    source: import.meta.url,
    apply(image, shape, random) {
      const [height, width] = shape;
      const angle = random.between(-rotation, rotation) * radians;
      const dy = random.between(-heightShift, heightShift) * height;
      const dx = random.between(-widthShift, widthShift) * width;
      const slant = random.between(-shear, shear) * radians;
      const zoomY = random.between(1 - zoom, 1 + zoom);
      const zoomX = random.between(1 - zoom, 1 + zoom);
      if (angle === 0 && dy === 0 && dx === 0 && slant === 0 && zoomY === 1 && zoomX === 1) return image;

      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      // Rotation, after shift, after shear, after zoom: from a place in the result to one in the image.
      const [shearYY, shearXY] = [Math.cos(slant) * zoomY, -Math.sin(slant) * zoomY];
      const [yy, yx] = [cos * shearYY + sin * shearXY, sin * zoomX];
      const [xy, xx] = [-sin * shearYY + cos * shearXY, cos * zoomX];
      const [midY, midX] = [(height - 1) / 2, (width - 1) / 2];
      const y0 = midY + cos * dy + sin * dx - yy * midY - yx * midX;
      const x0 = midX - sin * dy + cos * dx - xy * midY - xx * midX;
      return resample(image, shape, [yy, yx, y0, xy, xx, x0], fill);
    },
  };
}
