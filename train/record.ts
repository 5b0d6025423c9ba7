import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Split } from '../data/index.js';
import type { TensorFlow } from '../machine/index.js';
import type { RunInfo } from '../runtime/model/index.js';
import { goldenSamples } from './golden.js';
import { saveLayersModel } from './layers-format.js';
import type { Network } from './network.js';
import type { EpochRow, RunFolder } from './run-folder.js';
import type { Score } from './score.js';

/** Everything in run.json that is known before the first step. */
export type RunSettings = Omit<RunInfo, 'epochsDone' | 'bestEpoch' | 'interrupted' | 'metrics' | 'seconds'>;

/** The best weights so far: those with the smallest loss in validation. */
export interface Best {
  readonly epoch: number;
  readonly validation: Score;
  /** In the order of `model.getWeights()`. */
  readonly weights: readonly Float32Array[];
}

/** A run as it grows: what its folder shows after each epoch. */
export interface RunRecord {
  readonly history: readonly EpochRow[];
  /** Undefined before the first epoch. */
  readonly best: Best | undefined;
  /**
   * Writes an epoch down: the last weights, the best ones where these are, history.csv, run.json.
   * @returns whether it is the best so far
   */
  addEpoch(row: EpochRow, validation: Score): Promise<boolean>;
  /** Writes run.json for the last time. @param test of the best weights, where they were tested */
  finish(test?: Score): Promise<RunInfo>;
}

export interface RecordOptions {
  readonly tf: TensorFlow;
  readonly folder: RunFolder;
  readonly network: Network;
  readonly split: Split;
  readonly settings: RunSettings;
  readonly signal?: AbortSignal | undefined;
}

export function createRecord({ tf, folder, network, split, settings, signal }: RecordOptions): RunRecord {
  const { model } = network;
  const started = performance.now();
  const history: EpochRow[] = [];
  let best: Best | undefined;

  const info = (test?: Score): RunInfo => ({
    ...settings,
    epochsDone: history.length,
    bestEpoch: best!.epoch,
    interrupted: signal?.aborted ?? false,
    metrics: {
      val_loss: best!.validation.loss,
      val_accuracy: best!.validation.accuracy,
      ...(test && { test_loss: test.loss, test_accuracy: test.accuracy }),
    },
    seconds: (performance.now() - started) / 1000,
  });

  async function keepBest(epoch: number, validation: Score): Promise<void> {
    best = { epoch, validation, weights: model.getWeights().map((weight) => weight.dataSync<'float32'>().slice()) };
    const golden = await goldenSamples(network, split, validation, settings.seed);
    await folder.replaceFolder('model', async (path) => {
      await saveLayersModel(tf, model, path);
      // With the weights that it was computed with: they change together or not at all.
      await writeFile(join(path, 'golden.json'), JSON.stringify(golden));
    });
  }

  return {
    history,
    get best() {
      return best;
    },
    async addEpoch(row, validation) {
      history.push(row);
      const isBest = !best || validation.loss < best.validation.loss;
      if (isBest) await keepBest(row.epoch, validation);
      await folder.replaceFolder('checkpoint', (path) => saveLayersModel(tf, model, path));
      await folder.writeHistory(history);
      await folder.writeRun(info());
      return isBest;
    },
    async finish(test) {
      const final = info(test);
      await folder.writeRun(final);
      return final;
    },
  };
}
