import { type Dataset, imageGrid, someOfEachClass } from '../data/index.js';
import type { Pixels } from '../runtime/image/index.js';
import { type PreprocessingStep, preprocess, preprocessedShape } from '../runtime/model/index.js';
import { requireChannels } from './build.js';
import type { Recipe } from './recipe.js';

export interface PreprocessingSheetOptions {
  /** Images in a row. Default: 20. */
  readonly columns?: number;
  /** Which images. Default: 1. */
  readonly seed?: number;
}

/** A row of the sheet. */
export interface PreprocessingRow {
  /** What was done to the images by then; none in the first row. */
  readonly steps: readonly PreprocessingStep[];
  /** The number that is black in the picture. */
  readonly black: number;
  /** The number that is white. */
  readonly white: number;
}

export interface PreprocessingSheet {
  /** RGB. */
  readonly pixels: Pixels;
  readonly rows: readonly PreprocessingRow[];
}

/**
 * What the preprocessing of recipes makes of a dataset's images: the same images in every row, as they are in the first,
 * then after each step. Several recipes follow each other; where two begin alike, that is shown once. Numbers become grey
 * levels row by row: from black to white are those that an image of black and white pixels gives, and those of the images
 * shown.
 * @throws OnwardError kind `input` for images that a recipe is not for
 */
export async function preprocessingSheet(
  dataset: Dataset,
  recipes: readonly Recipe[],
  { columns = 20, seed = 1 }: PreprocessingSheetOptions = {},
): Promise<PreprocessingSheet> {
  const { shape } = dataset;
  const images = await dataset.batch(inTurn(someOfEachClass(dataset, columns, seed)).slice(0, columns));
  const begun = recipes.flatMap((recipe) => {
    requireChannels(recipe, shape);
    const steps = recipe.preprocessing(shape);
    return steps.map((_, last) => steps.slice(0, last + 1));
  });
  const shown = [[], ...begun].filter(
    (steps, i, all) => all.findIndex((other) => JSON.stringify(other) === JSON.stringify(steps)) === i,
  );
  const blackAndWhite = Uint8Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, i) =>
    i < (shape[0] * shape[1] * shape[2]) / 2 ? 0 : 255,
  );
  const drawn = shown.map((steps) => {
    const values = preprocess(images, steps, shape);
    const [black, white] = rangeOf(preprocess(blackAndWhite, steps, shape), values);
    const channels = preprocessedShape(shape, steps)[2];
    return { row: { steps, black, white }, cells: inGrey(values, channels, black, white) };
  });
  return {
    pixels: imageGrid(
      [shape[0], shape[1], 3],
      drawn.map(({ cells }) => cells),
    ),
    rows: drawn.map(({ row }) => row),
  };
}

/** The first of each list, then the second of each, and so on. */
function inTurn(lists: readonly (readonly number[])[]): number[] {
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
}

function rangeOf(...parts: readonly Float32Array[]): [black: number, white: number] {
  let [black, white] = [Infinity, -Infinity];
  for (const part of parts) {
    for (const value of part) {
      if (value < black) black = value;
      if (value > white) white = value;
    }
  }
  return [black, white];
}

/** Numbers of one or three channels as bytes of three. */
function inGrey(values: Float32Array, channels: number, black: number, white: number): Uint8Array {
  const level = (value: number) => Math.round((255 * (value - black)) / (white - black || 1));
  return Uint8Array.from({ length: (values.length / channels) * 3 }, (_, i) =>
    level(values[channels === 3 ? i : Math.floor(i / 3)]!),
  );
}
