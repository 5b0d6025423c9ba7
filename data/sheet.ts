import { random } from '../runtime/common/index.js';
import type { Pixels } from '../runtime/image/index.js';
import type { Dataset } from './dataset.js';

export interface SheetOptions {
  /** Images in a row. Default: 20. */
  readonly columns?: number;
  /** Rows at most; more classes than this are left out. Default: 60. */
  readonly rows?: number;
  /** Which images are shown. Default: 1. */
  readonly seed?: number;
  /**
   * Makes of images, uint8 `[numbers.length, ...shape]`, what stands in a second row below each row; `numbers` says which
   * images of the dataset they are.
   */
  readonly below?: (images: Uint8Array, numbers: readonly number[]) => Uint8Array | Promise<Uint8Array>;
}

const gap = 2;
/** Small images are shown larger, by a whole factor, so that a person sees them. */
const least = 48;

/**
 * A contact sheet: a row a class, in their order, of images chosen by the seed. With `below`, two rows a class.
 * @returns RGB pixels on gray
 */
export async function contactSheet(
  dataset: Dataset,
  { columns = 20, rows = 60, seed = 1, below }: SheetOptions = {},
): Promise<Pixels> {
  const [height, width, channels] = dataset.shape;
  const factor = Math.max(1, Math.ceil(least / Math.max(height, width)));
  const [cellWide, cellHigh] = [width * factor + gap, height * factor + gap];
  const chosen = choose(dataset, columns, seed).slice(0, rows);
  const across = Math.max(1, ...chosen.map((images) => images.length));
  const lines = chosen.length * (below ? 2 : 1);
  const sheet = { width: across * cellWide + gap, height: lines * cellHigh + gap };
  const data = new Uint8Array(sheet.width * sheet.height * 3).fill(96);
  const size = height * width * channels;
  const draw = (images: Uint8Array, line: number) => {
    for (let n = 0; n < images.length / size; n++) {
      for (let y = 0; y < height * factor; y++) {
        for (let x = 0; x < width * factor; x++) {
          const from = n * size + (Math.floor(y / factor) * width + Math.floor(x / factor)) * channels;
          const to = ((gap + line * cellHigh + y) * sheet.width + gap + n * cellWide + x) * 3;
          for (let c = 0; c < 3; c++) data[to + c] = images[from + (channels === 3 ? c : 0)]!;
        }
      }
    }
  };
  for (const [row, numbers] of chosen.entries()) {
    const images = await dataset.batch(numbers);
    draw(images, below ? row * 2 : row);
    if (below) draw(await below(images, numbers), row * 2 + 1);
  }
  return { ...sheet, data };
}

/** Of each class up to `columns` images, in ascending order. */
function choose(dataset: Dataset, columns: number, seed: number): number[][] {
  const byClass = dataset.classes.map((): number[] => []);
  const order = random('sheet', seed).permutation(dataset.length);
  for (const image of order) {
    const list = byClass[dataset.labels[image]!]!;
    if (list.length < columns) list.push(image);
  }
  return byClass.map((list) => list.sort((a, b) => a - b));
}
