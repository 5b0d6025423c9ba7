import { existsSync } from 'node:fs';
import { OnwardError, unknownName } from '../../runtime/common/index.js';
import { usualSteps } from '../../runtime/model/index.js';
import {
  type Backbone,
  backbones,
  type ChosenBackend,
  fineTuned,
  openBackboneFile,
  type Recipe,
  recipeByName,
  usualSide,
} from '../../train/index.js';
import { backboneName, readBackboneFile } from './backbone-file.js';
import type { DatasetFlags } from './dataset-flags.js';
import { openWeights } from './pretrained.js';

/** What is trained: a recipe, or a new head on a network that was trained before. */
export interface BackboneFlags {
  recipe: string;
  backbone?: string | undefined;
  cut?: string | undefined;
  weights?: string | undefined;
  preprocess?: string | undefined;
}

export interface ChosenRecipe {
  readonly recipe: Recipe;
  /** How its images are read where nobody says it. */
  readonly images: Pick<DatasetFlags, 'size' | 'channels'>;
}

export interface ChooseOptions {
  readonly backend: () => Promise<ChosenBackend>;
  readonly signal: AbortSignal;
  /** Only to be looked at: nothing is fetched. Default: false. */
  readonly dry?: boolean;
}

type Preprocess = keyof typeof usualSteps;
const preprocessNames = Object.keys(usualSteps) as Preprocess[];

/** @throws OnwardError kind `usage` for a flag that would do nothing */
function refuse(flags: BackboneFlags, names: readonly (keyof BackboneFlags)[], why: string): void {
  const idle = names.find((name) => flags[name] !== undefined);
  if (idle) throw new OnwardError('usage', `--${idle} ${flags[idle]}: ${why}`);
}

/**
 * The recipe that the flags name, with its weights.
 * @throws OnwardError kind `usage`, and as weights and files do
 */
export async function chooseRecipe(flags: BackboneFlags, options: ChooseOptions): Promise<ChosenRecipe> {
  const { backbone: wanted, recipe } = flags;
  if (wanted === undefined) {
    refuse(flags, ['cut', 'preprocess'], 'it goes with --backbone, and none was given');
    return { recipe: await plainRecipe(recipeByName(recipe), flags, options), images: {} };
  }
  const backbone = backbones.find(({ name }) => name === wanted);
  if (backbone) return named(backbone, flags, options);
  if (/[./\\]/.test(wanted) || existsSync(wanted)) return ofFile(wanted, flags, options);
  const names = backbones.map(({ name }) => name);
  throw new OnwardError('usage', `${unknownName('backbone', wanted, names)}; or give a model.json, .h5 or .keras file`);
}

/**
 * Several, with commas between. Images are read as the first one wants them.
 * @throws as `chooseRecipe`
 */
export async function chooseRecipes(
  flags: BackboneFlags,
  options: ChooseOptions,
): Promise<{ recipes: Recipe[]; images: ChosenRecipe['images'] }> {
  const names = (list: string) => list.split(',').map((name) => name.trim());
  const { backbone } = flags;
  const each = backbone
    ? names(backbone).map((one) => ({ ...flags, backbone: one }))
    : names(flags.recipe).map((recipe) => ({ ...flags, recipe }));
  const chosen: ChosenRecipe[] = [];
  for (const one of each) chosen.push(await chooseRecipe(one, options));
  return { recipes: chosen.map(({ recipe }) => recipe), images: chosen[0]!.images };
}

/** A recipe of the registry, begun with weights where some are given. */
async function plainRecipe(recipe: Recipe, flags: BackboneFlags, { signal, dry }: ChooseOptions): Promise<Recipe> {
  const { weights } = flags;
  const { pretrained } = recipe;
  if (!pretrained) {
    refuse(
      flags,
      ['weights'],
      `the recipe ${recipe.name} begins from scratch; --from <run> begins with a run's weights`,
    );
    return recipe;
  }
  if (dry) return recipe;
  if (weights === undefined || weights === 'none') {
    const { file } = pretrained.published;
    console.error(
      `${recipe.name} begins from scratch: --weights published fetches the weights that were trained on ImageNet, --weights <file> reads them (${file})`,
    );
    return recipe;
  }
  const opened = await openWeights(weights, pretrained.published, signal);
  console.error(`weights: ${opened.name}`);
  return pretrained.begin(opened);
}

async function named(backbone: Backbone, flags: BackboneFlags, { signal, dry }: ChooseOptions): Promise<ChosenRecipe> {
  refuse(flags, ['preprocess'], `${backbone.name} has its own; leave it out`);
  const { cut, weights = 'published' } = flags;
  const opened = dry || weights === 'none' ? undefined : await openWeights(weights, backbone.published, signal);
  const recipe = fineTuned(backbone, { weights: opened, cut, unfreezes: weights !== 'none' });
  if (!dry) console.error(`backbone: ${backbone.name} up to ${cut ?? backbone.cut}, ${opened?.name ?? 'from scratch'}`);
  return { recipe, images: { size: usualSide, channels: '3' } };
}

const inWords = (shape: readonly (number | null)[]) => shape.map((side) => side ?? '?').join('x');

async function ofFile(path: string, flags: BackboneFlags, { backend }: ChooseOptions): Promise<ChosenRecipe> {
  refuse(flags, ['weights'], `${path} has its own weights; leave it out`);
  const { cut, preprocess } = flags;
  if (preprocess === undefined) {
    throw new OnwardError(
      'usage',
      `--backbone ${path}: say how images were prepared for it, with --preprocess none (0..255 as they are), unit (0..1), tf (-1..1), torch (ImageNet's mean and deviation) or caffe (BGR less the means)`,
    );
  }
  if (!Object.hasOwn(usualSteps, preprocess)) {
    throw new OnwardError('usage', `--preprocess: ${unknownName('way', preprocess, preprocessNames)}`);
  }
  const file = await readBackboneFile(path);
  const { tf } = await backend();
  const opened = await openBackboneFile(tf, file, {
    name: backboneName(path),
    preprocessing: usualSteps[preprocess as Preprocess],
    cut,
  });
  const { height, width, channels } = opened;
  const found = cut === undefined ? ', the last one before the classifier (--cut names another)' : '';
  console.error(`backbone: ${path} up to ${opened.cut} (${inWords(opened.cutShape)})${found}`);
  const side = height && width ? Math.min(height, width) : usualSide;
  return { recipe: opened.recipe, images: { size: side, channels: channels === 1 ? '1' : '3' } };
}

/** For `--help`. */
export const backboneList = backbones.map(({ name, description }) => `${name} (${description})`).join('; ');
