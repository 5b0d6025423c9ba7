import { type Dataset, imageGrid, someOfEachClass } from '../data/index.js';
import { seedOf } from '../runtime/common/index.js';
import type { Pixels } from '../runtime/image/index.js';
import { type Augmentation, augmentBatch } from './augment/index.js';

export interface AugmentationSheetOptions {
  /** How often each image is drawn anew. Default: 7. */
  readonly draws?: number;
  /** How many images of each class are shown. Default: 1. */
  readonly images?: number;
  /** Rows at most; what would come after is left out. Default: 60. */
  readonly rows?: number;
  /** Which images, and what becomes of them. Default: 1. */
  readonly seed?: number;
}

/**
 * What augmentations make of a dataset: a row an image, class by class, with the image as it is and then draws of it;
 * an empty row where a class has none.
 * @returns RGB pixels
 */
export async function augmentationSheet(
  dataset: Dataset,
  augmentations: readonly Augmentation[],
  { draws = 7, images = 1, rows = 60, seed = 1 }: AugmentationSheetOptions = {},
): Promise<Pixels> {
  const chosen = someOfEachClass(dataset, images, seed).flatMap((numbers) => (numbers.length > 0 ? numbers : [null]));
  const lines: Uint8Array[] = [];
  for (const number of chosen.slice(0, rows)) {
    lines.push(number === null ? new Uint8Array() : await line(number));
  }
  return imageGrid(dataset.shape, lines);

  async function line(number: number): Promise<Uint8Array> {
    const image = await dataset.batch([number]);
    const cells = new Uint8Array((1 + draws) * image.length);
    for (let column = 0; column <= draws; column++) cells.set(image, column * image.length);
    const seeds = Uint32Array.from({ length: draws }, (_, draw) => seedOf(seed, 'draw', number, draw));
    augmentBatch(cells.subarray(image.length), dataset.shape, augmentations, seeds);
    return cells;
  }
}
