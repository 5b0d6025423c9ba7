import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Split } from '../data/index.js';
import { OnwardError, seedOf } from '../runtime/common/index.js';
import type { RunInfo } from '../runtime/model/index.js';
import type { ChosenBackend } from './backends/index.js';
import { trainingBatches } from './batches.js';
import { goldenSamples } from './golden.js';
import { saveLayersModel } from './layers-format.js';
import { network as createNetwork, type Network } from './network.js';
import type { Recipe } from './recipe.js';
import { createRunFolder, type EpochRow } from './run-folder.js';
import { type Score, score } from './score.js';
import { type Summary, summarize } from './summary.js';

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
  /** The version of onward, for run.json. */
  readonly version: string;
  /** Stops after the step that is running; the run so far is kept. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainProgress) => void;
}

export type TrainProgress =
  | { readonly kind: 'start'; readonly summary: Summary; readonly epochs: number; readonly steps: number }
  | {
      readonly kind: 'step';
      readonly epoch: number;
      readonly epochs: number;
      readonly step: number;
      readonly steps: number;
      /** Mean of the epoch so far. */
      readonly loss: number;
      readonly accuracy: number;
      readonly imagesPerSecond: number;
      /** To the end of the whole training. */
      readonly secondsLeft: number;
    }
  | { readonly kind: 'epoch'; readonly epochs: number; readonly row: EpochRow; readonly best: boolean };

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

/**
 * Trains a recipe on a dataset and writes the run folder: the best weights by validation in `model/`, the last in
 * `checkpoint/`, `run.json`, `history.csv`. The test part is looked at once, at the end, with the best weights.
 *
 * Interrupted by `signal`, it keeps what it has: the folder is whole, its `run.json` says `interrupted`.
 * @throws OnwardError kind `usage`, `input`; `interrupted` when not one step was done
 */
export async function train(split: Split, options: TrainOptions): Promise<Run> {
  const { recipe, backend, signal, onProgress } = options;
  const { tf } = backend;
  const seed = options.seed ?? 1;
  const epochs = positive('epochs', options.epochs ?? recipe.epochs[backend.backend]);
  const batchSize = positive('batch size', options.batchSize ?? recipe.batchSize);
  if (!Number.isInteger(seed)) throw new OnwardError('usage', `expected the seed to be a whole number, got ${seed}`);
  requireImages(split);
  const { train: dataset, val, test } = split;
  const { shape, classes } = dataset;
  const augmentations = recipe.augmentation(shape);
  const steps = Math.ceil(dataset.length / batchSize);

  const folder = await createRunFolder(options.out);
  const spec = { shape, classes: classes.length, seed: seedOf(seed, 'weights') };
  const net: Network = createNetwork(tf, recipe.build(tf, spec), {
    ...spec,
    preprocessing: recipe.preprocessing,
    labelSmoothing: recipe.labelSmoothing,
  });
  const summary = summarize(net.model);
  onProgress?.({ kind: 'start', summary, epochs, steps });

  const started = performance.now();
  const secondsSince = (time: number) => (performance.now() - time) / 1000;
  const history: EpochRow[] = [];
  let best: { epoch: number; val: Score; weights: Float32Array[] } | undefined;
  let stepsDone = 0;

  const info = (metrics: Record<string, number>): RunInfo => ({
    format: 1,
    recipe: recipe.name,
    seed,
    backend: backend.backend,
    device: backend.device,
    epochs,
    epochsDone: history.length,
    bestEpoch: best?.epoch ?? 0,
    interrupted: signal?.aborted ?? false,
    batchSize,
    labels: [...classes],
    input: { ...dataset.spec, background: [...dataset.spec.background] },
    preprocessing: [...recipe.preprocessing],
    augmentation: augmentations.map(({ name, settings }) => ({ name, ...settings })),
    // Without the folders above it: the exported file names no path of the machine that trained.
    dataset: {
      name: basename(dataset.name),
      digest: dataset.digest,
      train: dataset.length,
      val: val.length,
      test: test.length,
    },
    split: options.split ?? { seed, val: 0, test: 0 },
    parameters: { total: summary.total, trainable: summary.trainable },
    metrics,
    versions: { onward: options.version, tfjs: tf.version.tfjs, [backend.backend]: backend.version },
    seconds: secondsSince(started),
  });

  /** Writes what the epoch came to; the best so far is what the run is worth. */
  const finishEpoch = async (row: Omit<EpochRow, 'val_loss' | 'val_accuracy' | 'seconds'>, since: number) => {
    const result = await score(net, val, setImmediate);
    const isBest = !best || result.loss < best.val.loss;
    history.push({ ...row, val_loss: result.loss, val_accuracy: result.accuracy, seconds: secondsSince(since) });
    if (isBest) {
      const weights = net.model.getWeights().map((weight) => weight.dataSync<'float32'>().slice());
      best = { epoch: row.epoch, val: result, weights };
      const golden = await goldenSamples(net, split, result, seed);
      await folder.replaceFolder('model', async (path) => {
        await saveLayersModel(tf, net.model, path);
        // With the weights that it was computed with: they change together or not at all.
        await writeFile(join(path, 'golden.json'), JSON.stringify(golden));
      });
    }
    await folder.replaceFolder('checkpoint', (path) => saveLayersModel(tf, net.model, path));
    await folder.writeHistory(history);
    await folder.writeRun(info({ val_loss: best!.val.loss, val_accuracy: best!.val.accuracy }));
    onProgress?.({ kind: 'epoch', epochs, row: history.at(-1)!, best: isBest });
  };

  try {
    for (let epoch = 1; epoch <= epochs && !signal?.aborted; epoch++) {
      const since = performance.now();
      let [loss, correct, images, step, learningRate] = [0, 0, 0, 0, 0];
      for await (const batch of trainingBatches(dataset, { batchSize, seed, epoch, augmentations })) {
        if (signal?.aborted) break;
        learningRate = recipe.learningRate(stepsDone / (epochs * steps));
        const result = net.step(batch, learningRate);
        if (!Number.isFinite(result.loss)) {
          throw new OnwardError(
            'input',
            `the loss became ${result.loss} in epoch ${epoch}; try another seed or a smaller batch size`,
          );
        }
        loss += result.loss * batch.labels.length;
        correct += result.correct;
        images += batch.labels.length;
        step++;
        stepsDone++;
        const perStep = secondsSince(started) / stepsDone;
        onProgress?.({
          kind: 'step',
          epoch,
          epochs,
          step,
          steps,
          loss: loss / images,
          accuracy: correct / images,
          imagesPerSecond: images / secondsSince(since),
          secondsLeft: perStep * (epochs * steps - stepsDone),
        });
        // Steps compute synchronously: without a pause nothing else runs, not even Ctrl-C.
        await setImmediate();
      }
      if (images > 0) {
        await finishEpoch(
          { epoch, loss: loss / images, accuracy: correct / images, learning_rate: learningRate },
          since,
        );
      }
    }
    if (!best) {
      throw new OnwardError(
        'interrupted',
        `stopped before the first step; nothing was trained and ${folder.path} holds no run`,
      );
    }
    const metrics: Record<string, number> = { val_loss: best.val.loss, val_accuracy: best.val.accuracy };
    if (test.length > 0 && !signal?.aborted) {
      const shapes = net.model.getWeights().map((weight) => weight.shape);
      const weights = best.weights.map((values, i) => tf.tensor(values, shapes[i]));
      net.model.setWeights(weights);
      tf.dispose(weights);
      const result = await score(net, test, setImmediate);
      Object.assign(metrics, { test_loss: result.loss, test_accuracy: result.accuracy });
    }
    const final = info(metrics);
    await folder.writeRun(final);
    return { path: folder.path, info: final, history };
  } finally {
    net.dispose();
  }
}
