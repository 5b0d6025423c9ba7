import type { Command } from 'commander';
import { OnwardError } from '../../runtime/common/index.js';
import {
  type ChosenBackend,
  chooseBackend,
  parseClassWeights,
  recipes,
  settingFields,
  type TrainOptions,
} from '../../train/index.js';
import { backboneList } from './chosen-recipe.js';
import { positiveNumber, wholeNumber } from './numbers.js';

/** What is trained, and how, but for the recipe and its settings. */
export interface RecipeFlags {
  backbone?: string;
  cut?: string;
  weights?: string;
  preprocess?: string;
  epochs?: number;
  batchSize?: number;
  set?: string[];
  classWeights?: string;
  freeze?: string[];
  unfreeze?: string[];
  from?: string;
  seed: number;
  backend: string;
  checkpointMinutes?: number;
}

const collect = (value: string, before: string[] = []) => [...before, value];

export const recipeList = recipes.map(({ name, description }) => `${name} (${description})`).join('; ');

export const withRecipeFlags = (command: Command, set: string): Command =>
  command
    .option('--epochs <n>', "how often to go through the images (default: the recipe's)", wholeNumber())
    .option('--batch-size <n>', "images a step (default: the recipe's)", wholeNumber())
    .option('--set <setting=value>', set, collect)
    .option(
      '--class-weights <how>',
      'what a mistake costs: balanced, or <class>=<weight>,... (default: the same in all)',
    )
    .option('--freeze <glob>', "layers that keep the weights they have, like 'block[12]*', as often as needed", collect)
    .option('--unfreeze <glob>', 'layers that are trained though the recipe keeps them, as often as needed', collect)
    .option(
      '--backbone <name or file>',
      `a new head on a trained network: ${backboneList}; or a model.json, .h5 or .keras`,
    )
    .option('--cut <layer>', 'backbone: the layer after which the head begins (default: the last feature map)')
    .option(
      '--weights <file>',
      "the weights that a backbone, or vgg16-finetune, begins with: a Keras .h5 file, published (fetched; a backbone's default), or none",
    )
    .option(
      '--preprocess <how>',
      'backbone from a file: how its images were prepared: none (0..255), unit (0..1), tf (-1..1), torch, caffe',
    )
    .option('--from <run>', 'begin with the weights of a run, where names and shapes of layers agree')
    .option('--seed <n>', 'same seed, same result', wholeNumber(0), 1)
    .option('--backend <name>', 'native, wasm, or auto: native where it is there', 'auto')
    .option('--checkpoint-minutes <n>', 'write a checkpoint also within an epoch (default: 5)', positiveNumber);

/** For `--help`: every setting with what it may be. */
export const settingsHelp = () =>
  `\nSettings of --set:\n${Object.entries(settingFields)
    .map(([name, { meaning }]) => `  ${name.padEnd(15)} ${meaning}`)
    .join('\n')}\n`;

/** @throws OnwardError kind `usage` for class weights of another form */
export function recipeOptions(flags: RecipeFlags): Partial<TrainOptions> {
  const { classWeights, freeze, unfreeze, from, epochs, batchSize, checkpointMinutes } = flags;
  return {
    seed: flags.seed,
    ...(classWeights !== undefined && { classWeights: parseClassWeights(classWeights) }),
    ...(freeze && { freeze }),
    ...(unfreeze && { unfreeze }),
    ...(from !== undefined && { from }),
    ...(epochs !== undefined && { epochs }),
    ...(batchSize !== undefined && { batchSize }),
    ...(checkpointMinutes !== undefined && { checkpointMinutes }),
  };
}

/**
 * @param command the verb that was called, as commander has parsed it
 * @throws OnwardError kind `usage` for a recipe and a backbone
 */
export function requireOneOf(command: Command): void {
  if (command.getOptionValueSource('recipe') !== 'cli' || command.getOptionValueSource('backbone') !== 'cli') return;
  throw new OnwardError('usage', '--recipe and --backbone are two ways to say what is trained; give one of them');
}

/** The backend that was asked for, and says which it is. */
export async function openBackend(name: string): Promise<ChosenBackend> {
  const chosen = await chooseBackend(name);
  const { backend, device, reason, version } = chosen;
  console.error(`backend: ${backend} (${backend === 'native' ? 'TensorFlow' : 'TensorFlow.js'} ${version}, ${device})`);
  if (reason) console.error(`  because ${reason}`);
  return chosen;
}
