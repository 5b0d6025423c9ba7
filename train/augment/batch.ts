import { random } from '../../runtime/common/index.js';
import type { Augmentation, ImageShape } from './augmentation.js';

/**
 * Augments a batch in place.
 * @param images uint8 `[seeds.length, ...shape]`
 * @param seeds one for each image, as `seedOf` gives them: the same seed, image and augmentations give the same result,
 *   wherever in a batch
 * @throws RangeError when there are more or fewer bytes, here or in what an augmentation returns
 */
export function augmentBatch(
  images: Uint8Array,
  shape: ImageShape,
  augmentations: readonly Augmentation[],
  seeds: Uint32Array,
): void {
  const size = shape[0] * shape[1] * shape[2];
  if (images.length !== seeds.length * size) {
    throw new RangeError(`expected ${seeds.length} images of ${size} bytes, got ${images.length} bytes in all`);
  }
  if (augmentations.length === 0) return;
  for (const [i, seed] of seeds.entries()) {
    const stream = random(seed);
    const before = images.subarray(i * size, (i + 1) * size);
    let image: Uint8Array = before;
    for (const augmentation of augmentations) {
      image = augmentation.apply(image, shape, stream);
      if (image.length !== size) {
        throw new RangeError(
          `expected the augmentation ${augmentation.name} to return ${size} bytes, as it was given, got ${image.length}`,
        );
      }
    }
    if (image !== before) before.set(image);
  }
}
