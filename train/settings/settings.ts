import type { BackendName } from '../../machine/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import type { OptimizerName } from '../optimizers/index.js';
import type { Recipe } from '../recipe.js';
import {
  constant,
  type Plateau,
  peakOf,
  type Schedule,
  type ScheduleName,
  scaledTo,
  stepDecay,
  warmupCosine,
} from '../schedule.js';
import { type Field, fields } from './fields.js';

/** All numbers of a training: the recipe's, but for those that a person set. */
export interface Settings {
  readonly epochs: number;
  readonly batchSize: number;
  /** The highest; the schedule goes from there. */
  readonly learningRate: number;
  readonly optimizer: OptimizerName;
  /** `sgd`: how much of the last step goes on. */
  readonly momentum?: number;
  /** `sgd`: whether it looks ahead by the momentum. */
  readonly nesterov?: boolean;
  readonly schedule: ScheduleName;
  /** `cosine`: the share of the training in which the rate rises. */
  readonly warmup: number;
  /** `step` and `plateau`: what the rate is multiplied with. */
  readonly decayFactor: number;
  /** `step`: after every such share of the training. */
  readonly decayEvery: number;
  /** `plateau`: after so many epochs without a smaller loss. */
  readonly decayPatience: number;
  /** Which augmentation: `recipe` is the recipe's own. */
  readonly augment: string;
  /** What happens to images before the first layer: likewise. */
  readonly preprocess: string;
  readonly labelSmoothing: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly weightAverage: number;
  readonly mixup: number;
  readonly cutmix: number;
  readonly patience: number;
  /** By how much the loss in validation must be smaller to count, for `patience` and for `plateau`. */
  readonly minDelta: number;
  /** Of a recipe that begins with a trained network: how many epochs its head trains alone. */
  readonly headEpochs?: number;
  /** Likewise: how many stages below the head are unfrozen, one after another. */
  readonly stages?: number;
  /** Likewise: the learning rate of the first of them as a share of the head's. */
  readonly stageRate?: number;
  /** Likewise: that of each further one as a share of the one above it. */
  readonly stageDecay?: number;
}

/** Settings of recipes that begin with a trained network. */
const finetuning = ['headEpochs', 'stages', 'stageRate', 'stageDecay'] as const;

/** @throws OnwardError kind `usage` for settings that would do nothing */
function requireStages({ name, stages }: Recipe, given: Partial<Settings>): void {
  const idle = finetuning.find((setting) => given[setting] !== undefined);
  if (stages || idle === undefined) return;
  throw new OnwardError(
    'usage',
    `${idle} is for a trained network that is unfrozen, and ${name} begins from scratch; give --backbone, with weights`,
  );
}

/** How many stages below the head are unfrozen when nobody says it, where there are so many. */
export const usualStages = 4;

/** How a recipe with stages unfreezes them when nobody says it: the head has a sixth of the training for itself. */
const usualUnfreezing = (recipe: Recipe, epochs: number) =>
  recipe.stages
    ? { headEpochs: Math.max(1, Math.round(epochs / 6)), stages: usualStages, stageRate: 0.1, stageDecay: 0.5 }
    : {};

/** How long a recipe trains when nobody says it: longer where an epoch has few steps. */
function usualEpochs({ epochs, leastSteps = 0 }: Recipe, backend: BackendName, stepsAnEpoch: number): number {
  const most = 5 * epochs[backend];
  const steps = leastSteps * (epochs[backend] / epochs.native);
  return Math.min(most, Math.max(epochs[backend], Math.ceil(steps / stepsAnEpoch)));
}

export interface Training {
  readonly backend: BackendName;
  /** To train on. */
  readonly images: number;
}

const optimizerOf = ({ optimizer = 'adam' }: Recipe, given: Partial<Settings>) => given.optimizer ?? optimizer;

/** What an optimiser is set to when nobody says it, where there is something to set. */
const usualMomentum: { readonly [name in OptimizerName]: Pick<Settings, 'momentum' | 'nesterov'> } = {
  adam: {},
  sgd: { momentum: 0.9, nesterov: false },
};

/** @throws OnwardError kind `usage` for settings that would do nothing */
function requireMomentum(recipe: Recipe, given: Partial<Settings>): void {
  const optimizer = optimizerOf(recipe, given);
  const idle = (['momentum', 'nesterov'] as const).find((setting) => given[setting] !== undefined);
  if (idle === undefined || idle in usualMomentum[optimizer]) return;
  throw new OnwardError(
    'usage',
    `${idle} is a setting of the optimizer sgd, and this training's is ${optimizer}; give --set optimizer=sgd too`,
  );
}

/** A recipe's settings for a training, with what a person wants otherwise. */
export function resolveSettings(
  recipe: Recipe,
  { backend, images }: Training,
  given: Partial<Settings> = {},
): Settings {
  for (const [name, value] of Object.entries(given)) (fields as Record<string, Field>)[name]?.check(value);
  requireMomentum(recipe, given);
  const steps = Math.ceil(images / (given.batchSize ?? recipe.batchSize));
  const epochs = usualEpochs(recipe, backend, steps);
  requireStages(recipe, given);
  return {
    epochs,
    batchSize: recipe.batchSize,
    learningRate: peakOf(recipe.learningRate),
    optimizer: optimizerOf(recipe, given),
    ...usualMomentum[optimizerOf(recipe, given)],
    schedule: 'recipe',
    warmup: 0.05,
    decayFactor: 0.1,
    decayEvery: 1 / 3,
    decayPatience: 3,
    augment: 'recipe',
    preprocess: 'recipe',
    labelSmoothing: recipe.labelSmoothing,
    weightDecay: recipe.weightDecay ?? 0,
    clipNorm: recipe.clipNorm ?? 0,
    weightAverage: recipe.weightAverage ?? 0,
    mixup: recipe.mixup ?? 0,
    cutmix: recipe.cutmix ?? 0,
    patience: recipe.patience ?? 0,
    minDelta: 0,
    ...usualUnfreezing(recipe, given.epochs ?? epochs),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

/** The schedule that settings describe, and what becomes of it on a plateau. */
export function scheduleOf(recipe: Recipe, settings: Settings): { schedule: Schedule; plateau: Plateau | undefined } {
  const { learningRate: peak, warmup, decayEvery: every, decayFactor: factor } = settings;
  const schedules: { readonly [name in ScheduleName]: () => Schedule } = {
    recipe: () => {
      const own: Schedule = (progress) => recipe.learningRate(progress);
      return peak === peakOf(own) ? own : scaledTo(own, peak);
    },
    constant: () => constant({ peak }),
    cosine: () => warmupCosine({ peak, warmup }),
    step: () => stepDecay({ peak, every, factor }),
    plateau: () => constant({ peak }),
  };
  const { schedule, decayPatience: patience, minDelta } = settings;
  return {
    schedule: schedules[schedule](),
    plateau: schedule === 'plateau' ? { patience, factor, minDelta } : undefined,
  };
}
