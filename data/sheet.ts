import type { Pixels } from '../runtime/image/index.js';
import type { Dataset } from './dataset.js';
import { imageGrid } from './grid.js';
import { someOfEachClass } from './some-of-each-class.js';

export interface SheetOptions {
  /** Images in a row. Default: 20. */
  readonly columns?: number;
  /** Rows at most; more classes than this are left out. Default: 60. */
  readonly rows?: number;
  /** Which images are shown. Default: 1. */
  readonly seed?: number;
}

/**
 * A contact sheet: a row a class, in their order, of images chosen by the seed.
 * @returns RGB pixels on gray
 */
export async function contactSheet(
  dataset: Dataset,
  { columns = 20, rows = 60, seed = 1 }: SheetOptions = {},
): Promise<Pixels> {
  const lines: Uint8Array[] = [];
  for (const numbers of someOfEachClass(dataset, columns, seed).slice(0, rows)) {
    lines.push(await dataset.batch(numbers));
  }
  return imageGrid(dataset.shape, lines);
}
