import { contactSheet, type Dataset, memoryDataset } from '../data/index.js';
import { seedOf } from '../runtime/common/index.js';
import type { Pixels } from '../runtime/image/index.js';
import { type Augmentation, augmentBatch } from './augment/index.js';

export interface AugmentationSheetOptions {
  /** How often each image is drawn anew. Default: 19. */
  readonly draws?: number;
  /** Which images, and what becomes of them. Default: 1. */
  readonly seed?: number;
}

/**
 * A contact sheet of what augmentations make of a dataset: a row a class, with one of its images and then draws of
 * it; empty where a class has none.
 * @returns RGB pixels
 */
export async function augmentationSheet(
  dataset: Dataset,
  augmentations: readonly Augmentation[],
  { draws = 19, seed = 1 }: AugmentationSheetOptions = {},
): Promise<Pixels> {
  const { name, spec, shape, classes } = dataset;
  const chosen = classes.flatMap((_, label) => {
    const ofClass = [...dataset.labels.keys()].filter((i) => dataset.labels[i] === label);
    return ofClass.length > 0 ? [ofClass[seedOf(seed, 'sheet', label) % ofClass.length]!] : [];
  });
  const images = await dataset.batch(chosen);
  const size = images.length / chosen.length;
  const columns = 1 + draws;
  const pixels = new Uint8Array(chosen.length * columns * size);
  for (const row of chosen.keys()) {
    const cells = pixels.subarray(row * columns * size, (row + 1) * columns * size);
    for (let column = 0; column < columns; column++) {
      cells.set(images.subarray(row * size, (row + 1) * size), column * size);
    }
    const seeds = Uint32Array.from({ length: draws }, (_, draw) => seedOf(seed, 'draw', chosen[row]!, draw));
    augmentBatch(cells.subarray(size), shape, augmentations, seeds);
  }
  const labels = chosen.flatMap((image) => new Array<number>(columns).fill(dataset.labels[image]!));
  return contactSheet(memoryDataset({ name, spec, classes, labels, pixels }), { columns });
}
