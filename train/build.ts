import type { LayersModel } from '@tensorflow/tfjs';
import type { Dataset } from '../data/index.js';
import type { TensorFlow } from '../machine/index.js';
import { OnwardError } from '../runtime/common/index.js';
import { type PreprocessingStep, preprocessedShape } from '../runtime/model/index.js';
import type { Recipe } from './recipe.js';
import { type Settings, usualStages } from './settings/index.js';
import { type Summary, summarize } from './summary.js';
import { freezeStages } from './unfreezing.js';

/** The images that a network is for. */
export interface BuildSpec {
  readonly shape: Dataset['shape'];
  readonly classes: number;
  readonly seed: number;
}

/** @throws OnwardError kind `input` for images that a recipe is not for */
export function requireChannels({ name, channels }: Recipe, [, , given]: Dataset['shape']): void {
  if (channels === undefined || channels === given) return;
  const words = { 1: 'gray images (1 channel)', 3: 'colour images (3 channels)' } as const;
  throw new OnwardError(
    'input',
    `the recipe ${name} takes ${words[channels]}, got ${words[given]}; give --channels ${channels} or another recipe`,
  );
}

/**
 * A recipe's network with fresh weights, for images as they come out of a dataset.
 * @throws OnwardError kind `input` for images that the recipe is not for
 */
export function buildRecipe(
  tf: TensorFlow,
  recipe: Recipe,
  { shape, ...spec }: BuildSpec,
): { model: LayersModel; preprocessing: readonly PreprocessingStep[] } {
  requireChannels(recipe, shape);
  const preprocessing = recipe.preprocessing(shape);
  return { model: recipe.build(tf, { ...spec, shape: preprocessedShape(shape, preprocessing) }), preprocessing };
}

/** The layer table of a recipe's network, which is not kept. */
export function summaryOf(
  tf: TensorFlow,
  recipe: Recipe,
  spec: Omit<BuildSpec, 'seed'>,
  given: Pick<Settings, 'stages'> = {},
): Summary {
  const { model } = buildRecipe(tf, recipe, { ...spec, seed: 1 });
  try {
    const stages = recipe.stages?.(model);
    if (stages) freezeStages(model, stages, given.stages ?? usualStages);
    return summarize(model);
  } finally {
    model.dispose();
  }
}
