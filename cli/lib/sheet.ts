import { contactSheet, type Dataset } from '../../data/index.js';
import { writeWhole } from '../../machine/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import { encodePng, type Pixels } from '../../runtime/image/index.js';
import { augmentationSheet, type PreprocessingRow, preprocessingSheet, recipeByName } from '../../train/index.js';
import { fileName } from './file-name.js';

export interface SheetFlags {
  sheet?: string;
  columns?: number;
  augment?: string;
  preprocess?: string;
  seed: number;
}

/** A picture, what its file is called where nobody says, and what is in it. */
interface Sheet {
  readonly pixels: Pixels;
  readonly ending: string;
  readonly about: string;
}

const recipesOf = (names: string) => names.split(',').map((name) => recipeByName(name.trim()));

/** Before the dataset is read. @throws OnwardError kind `usage` for recipes that there are not, or two sheets at once */
export function requireSheet({ augment, preprocess }: SheetFlags): void {
  if (augment !== undefined) recipeByName(augment);
  if (preprocess !== undefined) recipesOf(preprocess);
  if (augment !== undefined && preprocess !== undefined) {
    throw new OnwardError('usage', '--augment and --preprocess are two sheets: give one of them');
  }
}

/** Draws the sheet that the flags ask for, if any, and says what is in it. */
export async function writeSheet(dataset: Dataset, flags: SheetFlags): Promise<void> {
  const drawn = await drawSheet(dataset, flags);
  if (!drawn) return;
  const { pixels, ending, about } = drawn;
  const path = flags.sheet ?? `${fileName(dataset.name)}-${ending}.png`;
  await writeWhole(path, encodePng(pixels));
  console.error(`${path}: ${pixels.width}x${pixels.height}, ${about}`);
}

async function drawSheet(dataset: Dataset, flags: SheetFlags): Promise<Sheet | undefined> {
  const { augment, preprocess, columns, seed } = flags;
  if (augment !== undefined) return drawAugmented(dataset, augment, flags);
  if (preprocess !== undefined) {
    const { pixels, rows } = await preprocessingSheet(dataset, recipesOf(preprocess), {
      ...(columns !== undefined && { columns }),
      seed,
    });
    return { pixels, ending: 'preprocessed', about: `a row each, from the top:\n${rows.map(rowText).join('\n')}` };
  }
  if (flags.sheet === undefined) return undefined;
  const pixels = await contactSheet(dataset, { ...(columns !== undefined && { columns }), seed });
  return { pixels, ending: 'sheet', about: 'a row a class in the order above' };
}

async function drawAugmented(dataset: Dataset, name: string, { columns = 8, seed }: SheetFlags): Promise<Sheet> {
  const augmentations = recipeByName(name).augmentation(dataset.shape);
  const draws = Math.max(1, columns - 1);
  // Few classes have several images each, so that there is something to see.
  const images = Math.max(1, Math.floor(10 / dataset.classes.length));
  const pixels = await augmentationSheet(dataset, augmentations, { draws, images, seed });
  const row = `a row an image: as it is, then ${draws === 1 ? 'a draw' : `${draws} draws`}`;
  const changes = augmentations.map((augmentation) => augmentation.name).join(', ');
  const about = changes ? `${row} of ${changes}` : `${row}; the recipe ${name} changes no image`;
  return { pixels, ending: 'augmented', about };
}

const short = (value: number) => String(Number(value.toPrecision(3)));

const rowText = ({ steps, black, white }: PreprocessingRow): string =>
  `  ${(steps.map(({ kind }) => kind).join(', ') || 'as they are').padEnd(30)} black ${short(black)}, white ${short(white)}`;
