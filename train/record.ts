import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Split } from '../data/index.js';
import type { TensorFlow } from '../machine/index.js';
import type { RunInfo } from '../runtime/model/index.js';
import { goldenSamples } from './golden.js';
import { saveLayersModel } from './layers-format.js';
import type { Network } from './network.js';
import { beginEventFiles, writeReport } from './report/index.js';
import type { EpochRow, RunFolder } from './run-folder.js';
import type { Score } from './score.js';

/** Everything in run.json that is known before the first step. */
export type RunSettings = Omit<RunInfo, 'epochsDone' | 'bestEpoch' | 'interrupted' | 'stopped' | 'metrics' | 'seconds'>;

/** The best epoch so far, by its loss in validation: its weights are in `model/`. */
export interface Best {
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
}

/** How a training ended. */
export interface Ending {
  readonly interrupted: boolean;
  readonly stopped?: RunInfo['stopped'];
  /** Of the best weights, where they were tested. */
  readonly test?: Score | undefined;
}

/** A run as it grows: what its folder shows after each epoch. */
export interface RunRecord {
  readonly history: readonly EpochRow[];
  /** Undefined before the first epoch. */
  readonly best: Best | undefined;
  /**
   * Writes an epoch down: a checkpoint, the weights where they are the best, history.csv, run.json. The model must have the
   * weights that were validated.
   * @returns whether it is the best so far
   */
  addEpoch(row: EpochRow, validation: Score): Promise<boolean>;
  /** Writes the beginning of the first epoch down, of a training that was interrupted in it. */
  addBeginning(row: EpochRow, validation: Score): Promise<void>;
  /** Which epoch's weights `model/` holds, where it holds any. */
  epochInModel(): Promise<number | undefined>;
  /** Writes the model's weights as those of the best epoch. */
  writeBest(validation: Score): Promise<void>;
  /** Writes run.json for the last time. */
  finish(ending: Ending): Promise<RunInfo>;
}

export interface RecordOptions {
  readonly tf: TensorFlow;
  readonly folder: RunFolder;
  readonly network: Network;
  readonly split: Split;
  readonly settings: RunSettings;
  readonly history: readonly EpochRow[];
  readonly best: Best | undefined;
  /** Seconds spent so far, those before an interruption included. */
  readonly seconds: () => number;
  /** Writes a checkpoint after an epoch. */
  readonly checkpoint: (record: { history: readonly EpochRow[]; best: Best }) => Promise<void>;
}

/** Beside the weights, so that both change together: the epoch that they are of. */
const epochFile = 'epoch.json';

export async function createRecord(options: RecordOptions): Promise<RunRecord> {
  const { tf, folder, network, split, settings, seconds, checkpoint } = options;
  const history = [...options.history];
  let { best } = options;

  const info = ({ interrupted, stopped, test }: Ending): RunInfo => ({
    ...settings,
    epochsDone: history.length,
    bestEpoch: best!.epoch,
    interrupted,
    ...(stopped && { stopped }),
    metrics: {
      val_loss: best!.loss,
      val_accuracy: best!.accuracy,
      ...(test && { test_loss: test.loss, test_accuracy: test.accuracy }),
    },
    seconds: seconds(),
  });

  async function writeBest(validation: Score): Promise<void> {
    const golden = await goldenSamples(network, split, validation, settings.seed);
    await folder.replaceFolder('model', async (path) => {
      await saveLayersModel(tf, network.model, path);
      // With the weights that they were computed with: they change together or not at all.
      await writeFile(join(path, 'golden.json'), JSON.stringify(golden));
      await writeFile(join(path, epochFile), JSON.stringify({ epoch: best!.epoch }));
    });
  }
  const events = await beginEventFiles(join(folder.path, 'report', 'tensorboard'), history);
  const bestOf = ({ epoch }: EpochRow, { loss, accuracy }: Score): Best => ({ epoch, loss, accuracy });

  return {
    history,
    get best() {
      return best;
    },
    async addEpoch(row, validation) {
      history.push(row);
      const isBest = !best || validation.loss < best.loss;
      if (isBest) best = bestOf(row, validation);
      // Before the best weights: where a kill comes between, they are those of the checkpoint, and are written again.
      await checkpoint({ history, best: best! });
      if (isBest) await writeBest(validation);
      await folder.writeHistory(history);
      await events.add(row);
      // Until it has finished, it is one that was interrupted: a process that is killed cannot say so.
      await folder.writeRun(info({ interrupted: true }));
      return isBest;
    },
    async addBeginning(row, validation) {
      best = bestOf(row, validation);
      await writeBest(validation);
      await folder.writeHistory([row]);
    },
    async epochInModel() {
      const text = await readFile(join(folder.path, 'model', epochFile), 'utf8').catch(() => undefined);
      return text === undefined ? undefined : (JSON.parse(text) as { epoch: number }).epoch;
    },
    writeBest,
    async finish(ending) {
      const final = info(ending);
      if (history.length > 0) {
        // A kill may have come after the last checkpoint and before this.
        await folder.writeHistory(history);
        await writeReport(join(folder.path, 'report'), history, final.bestEpoch);
      }
      // Last: a run that says that it has finished is whole.
      await folder.writeRun(final);
      return final;
    },
  };
}
