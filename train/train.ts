import type { Split } from '../data/index.js';
import { OnwardError } from '../runtime/common/index.js';
import type { RunInfo } from '../runtime/model/index.js';
import type { ChosenBackend } from './backends/index.js';
import type { ClassWeights } from './class-weights.js';
import { explainMemory } from './out-of-memory.js';
import { findPlace } from './place.js';
import { prepare } from './prepare.js';
import type { TrainProgress } from './progress.js';
import type { Recipe } from './recipe.js';
import { type EpochRow, readHistory } from './run-folder.js';
import type { Settings } from './settings/index.js';
import { trainInto } from './train-into.js';

export interface TrainOptions {
  readonly recipe: Recipe;
  /** From `chooseBackend`. */
  readonly backend: ChosenBackend;
  /** The run folder; it must not hold anything yet, unless it is this training's. */
  readonly out: string;
  /** Where `out` is taken by something else: `out-2`, `out-3` … Default: an error. */
  readonly numbered?: boolean;
  /** Goes on from the checkpoint in `out`, where there is one. Default: false. */
  readonly resume?: boolean;
  /** Trains also what was trained already, over the run that is there. Default: false. */
  readonly force?: boolean;
  /** Default: the recipe's for this backend. */
  readonly epochs?: number;
  /** Default: the recipe's. */
  readonly batchSize?: number;
  /** What else is to be otherwise than the recipe has it. */
  readonly settings?: Partial<Settings>;
  /** Default: a mistake costs the same in all classes. */
  readonly classWeights?: ClassWeights;
  /** Names or globs of layers that keep the weights that they have. Default: the recipe's. */
  readonly freeze?: readonly string[];
  /** Likewise, of layers that are trained though the recipe keeps them. */
  readonly unfreeze?: readonly string[];
  /** A run folder whose best weights it begins with, where names and shapes agree. */
  readonly from?: string;
  /** Default: 1. The same seed gives the same run on the same backend. */
  readonly seed?: number;
  /** How the split was made, for run.json. */
  readonly split?: RunInfo['split'];
  /** For run.json. Default: the version of onward. */
  readonly version?: string;
  /** A checkpoint is written after each epoch, and within one after so many minutes. Default: 5. */
  readonly checkpointMinutes?: number;
  /** Kept in the checkpoint for whoever resumes: how this training was begun. JSON. */
  readonly origin?: { readonly [name: string]: unknown };
  /** Stops after the step that is running; the run so far is kept. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainProgress) => void;
}

/** What a training leaves: the folder's path, and what stands in its run.json and history.csv. */
export interface Run {
  readonly path: string;
  readonly info: RunInfo;
  readonly history: readonly EpochRow[];
  /** `loaded`: a run with the same settings and images was there already, and nothing was trained. */
  readonly outcome: 'trained' | 'resumed' | 'loaded';
}

function requireImages({ train, val }: Split): void {
  if (train.length > 0 && val.length > 0) return;
  throw new OnwardError(
    'input',
    `expected images to train and to validate on, got ${train.length} and ${val.length}; give the dataset more images, or more to validation`,
  );
}

/**
 * Trains a recipe on a dataset and writes the run folder: the best weights by validation in `model/`, what it needs to go
 * on in `checkpoint/`, `run.json`, `history.csv`. The test part is looked at once, at the end, with the best weights.
 *
 * Interrupted by `signal`, it keeps what it has: the folder is whole, its `run.json` says `interrupted`, and with `resume`
 * the same training goes on to the weights that it would have had without the interruption: bit for bit where the backend
 * computes alike each time. A run that is there already with the same settings and images is not trained again.
 * @throws OnwardError kind `usage`, `input`; `system` when memory runs out; `interrupted` when not one step was done
 */
export async function train(split: Split, options: TrainOptions): Promise<Run> {
  requireImages(split);
  const { out, numbered = false, resume = false, force = false, onProgress } = options;
  const prepared = await prepare(split, options);
  const { net, identity, info, settings } = prepared;
  try {
    const place = await findPlace({ out, numbered, resume, force, identity, digest: info.digest! });
    if (place.kind === 'done') {
      const { path } = place;
      onProgress?.({ kind: 'loaded', path });
      return { path, info: place.info, history: await readHistory(path), outcome: 'loaded' };
    }
    const { folder } = place;
    try {
      if (place.kind === 'new' && place.unfinished !== undefined) {
        onProgress?.({ kind: 'unfinished', path: place.unfinished });
      }
      return await trainInto(folder, split, options, prepared, place.kind === 'resumed' ? place.checkpoint : undefined);
    } catch (error) {
      await folder.abandon();
      throw explainMemory(error, { batchSize: settings.batchSize, shape: split.train.shape });
    } finally {
      await folder.release();
    }
  } finally {
    net.dispose();
  }
}
