import { basename, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Dataset, Split } from '../data/index.js';
import type { TensorFlow } from '../machine/index.js';
import { version } from '../machine/index.js';
import { OnwardError, seedOf } from '../runtime/common/index.js';
import type { RunInfo } from '../runtime/model/index.js';
import type { ChosenBackend } from './backends/index.js';
import { buildRecipe } from './build.js';
import { trainEpoch } from './epoch.js';
import { type Network, network } from './network.js';
import type { TrainProgress } from './progress.js';
import type { Recipe } from './recipe.js';
import { type Best, createRecord, type RunSettings } from './record.js';
import { createRunFolder, type EpochRow, type RunFolder } from './run-folder.js';
import { type Score, score } from './score.js';
import { summarize } from './summary.js';

export interface TrainOptions {
  readonly recipe: Recipe;
  /** From `chooseBackend`. */
  readonly backend: ChosenBackend;
  /** The run folder; it must not hold anything yet. */
  readonly out: string;
  /** Default: the recipe's for this backend. */
  readonly epochs?: number;
  /** Default: the recipe's. */
  readonly batchSize?: number;
  /** Default: 1. The same seed gives the same run on the same backend. */
  readonly seed?: number;
  /** How the split was made, for run.json. */
  readonly split?: RunInfo['split'];
  /** For run.json. Default: the version of onward. */
  readonly version?: string;
  /** Stops after the step that is running; the run so far is kept. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainProgress) => void;
}

/** What a training leaves: the folder's path, and what stands in its run.json and history.csv. */
export interface Run {
  readonly path: string;
  readonly info: RunInfo;
  readonly history: readonly EpochRow[];
}

/** A whole number from 1 up, or one sentence. */
function positive(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new OnwardError('usage', `expected ${name} to be a whole number from 1 up, got ${value}`);
}

function requireImages({ train, val }: Split): void {
  if (train.length > 0 && val.length > 0) return;
  throw new OnwardError(
    'input',
    `expected images to train and to validate on, got ${train.length} and ${val.length}; give the dataset more images, or more to validation`,
  );
}

/** How long, in what pieces and from which seed; the recipe's own where nobody says. */
function plan({ recipe, backend, ...options }: TrainOptions) {
  const epochs = positive('epochs', options.epochs ?? recipe.epochs[backend.backend]);
  const batchSize = positive('batch size', options.batchSize ?? recipe.batchSize);
  const seed = options.seed ?? 1;
  if (!Number.isInteger(seed)) throw new OnwardError('usage', `expected the seed to be a whole number, got ${seed}`);
  return { epochs, batchSize, seed };
}

/**
 * Trains a recipe on a dataset and writes the run folder: the best weights by validation in `model/`, the last in
 * `checkpoint/`, `run.json`, `history.csv`. The test part is looked at once, at the end, with the best weights.
 *
 * Interrupted by `signal`, it keeps what it has: the folder is whole, its `run.json` says `interrupted`.
 * @throws OnwardError kind `usage`, `input`; `interrupted` when not one step was done
 */
export async function train(split: Split, options: TrainOptions): Promise<Run> {
  const planned = plan(options);
  requireImages(split);
  const folder = await createRunFolder(options.out);
  try {
    return await trainInto(folder, split, options, planned);
  } catch (error) {
    await folder.abandon();
    throw error;
  }
}

async function trainInto(
  folder: RunFolder,
  split: Split,
  options: TrainOptions,
  { epochs, batchSize, seed }: ReturnType<typeof plan>,
): Promise<Run> {
  const { recipe, backend, signal, onProgress } = options;
  const { tf } = backend;
  const { train: dataset, val, test } = split;
  const { shape, classes } = dataset;
  const augmentations = recipe.augmentation(shape);
  const steps = Math.ceil(dataset.length / batchSize);

  const spec = { shape, classes: classes.length, seed: seedOf(seed, 'weights') };
  const { model, preprocessing } = buildRecipe(tf, recipe, spec);
  const net = network(tf, model, {
    ...spec,
    preprocessing,
    labelSmoothing: recipe.labelSmoothing,
  });
  try {
    const summary = summarize(net.model);
    const settings: RunSettings = {
      format: 1,
      recipe: recipe.name,
      seed,
      backend: backend.backend,
      device: backend.device,
      epochs,
      batchSize,
      labels: [...classes],
      input: { ...dataset.spec, background: [...dataset.spec.background] },
      preprocessing: [...preprocessing],
      augmentation: augmentations.map(({ name, settings }) => ({ name, ...settings })),
      dataset: {
        // Without the folders above it: the exported file names no path of the machine that trained.
        name: basename(resolve(dataset.name)),
        digest: dataset.digest,
        train: dataset.length,
        val: val.length,
        test: test.length,
      },
      split: options.split ?? { seed, val: 0, test: 0 },
      parameters: { total: summary.total, trainable: summary.trainable },
      versions: { onward: options.version ?? version, tfjs: tf.version.tfjs, [backend.backend]: backend.version },
    };
    const record = createRecord({ tf, folder, network: net, split, settings, signal });
    onProgress?.({ kind: 'start', summary, epochs, steps });

    const started = performance.now();
    for (let epoch = 1; epoch <= epochs && !signal?.aborted; epoch++) {
      const before = (epoch - 1) * steps;
      const since = performance.now();
      const trained = await trainEpoch(net, dataset, {
        ...{ epoch, batchSize, seed, augmentations, signal },
        learningRate: (step) => recipe.learningRate((before + step) / (epochs * steps)),
        onStep: ({ step, images, loss, accuracy }) =>
          onProgress?.({
            ...{ kind: 'step', epoch, epochs, step, steps, loss, accuracy },
            imagesPerSecond: images / secondsSince(since),
            secondsLeft: (secondsSince(started) / (before + step)) * (epochs * steps - before - step),
          }),
      });
      if (!trained) break;
      const validation = await score(net, val, setImmediate);
      const row: EpochRow = {
        epoch,
        loss: trained.loss,
        accuracy: trained.accuracy,
        val_loss: validation.loss,
        val_accuracy: validation.accuracy,
        seconds: secondsSince(since),
        learning_rate: trained.learningRate,
      };
      const best = await record.addEpoch(row, validation);
      onProgress?.({ kind: 'epoch', epochs, row, best });
    }

    const { best, history } = record;
    if (!best) throw new OnwardError('interrupted', 'stopped before the first step: nothing was trained');
    const tested = test.length > 0 && !signal?.aborted ? await scoreWith(tf, net, best.weights, test) : undefined;
    return { path: folder.path, info: await record.finish(tested), history };
  } finally {
    net.dispose();
  }
}

const secondsSince = (time: number) => (performance.now() - time) / 1000;

/** How well a network does with these weights, which it then has. */
async function scoreWith(tf: TensorFlow, net: Network, weights: Best['weights'], dataset: Dataset): Promise<Score> {
  const tensors = net.model.getWeights().map(({ shape }, i) => tf.tensor(weights[i]!, shape));
  net.model.setWeights(tensors);
  tf.dispose(tensors);
  return score(net, dataset, setImmediate);
}
