import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { splitDataset } from '../../data/index.js';
import {
  chooseBackend,
  parseClassWeights,
  parseSettings,
  recipeByName,
  requireRunOrFree,
  train,
} from '../../train/index.js';
import { openDataset } from './open-dataset.js';
import { trainReport } from './train-report.js';

export interface TrainFlags {
  recipe: string;
  epochs?: number;
  batchSize?: number;
  set?: string[];
  classWeights?: string;
  freeze?: string[];
  from?: string;
  seed: number;
  backend: string;
  out?: string;
  resume?: string | true;
  force?: boolean;
  checkpointMinutes?: number;
  size?: number;
  channels?: '1' | '3';
  fit?: 'contain' | 'cover' | 'stretch';
  val: number;
  test: number;
  strict?: boolean;
  summary?: boolean;
  json?: boolean;
}

/** How images are read, as the flags say. */
export const datasetOptions = ({ size, channels, fit, strict }: TrainFlags) => ({
  ...(size !== undefined && { size }),
  ...(channels && { channels: Number(channels) as 1 | 3 }),
  ...(fit && { fit }),
  ...(strict && { strict }),
});

/** A path as it is from every folder; what names no file (`mnist`) as it is. */
const fromAnywhere = (given: string): Promise<string> =>
  stat(given).then(
    () => resolve(given),
    () => given,
  );

/** Trains as the flags say; `npm start` does the same. */
export async function runTraining(dataset: string, flags: TrainFlags, signal: AbortSignal) {
  const recipe = recipeByName(flags.recipe);
  const settings = parseSettings(flags.set ?? []);
  const classWeights = flags.classWeights === undefined ? undefined : parseClassWeights(flags.classWeights);
  // Before anything that takes time.
  if (flags.out !== undefined) await requireRunOrFree(flags.out);
  const source = await openDataset(dataset, { signal, ...datasetOptions(flags) });
  const cut = { seed: flags.seed, val: flags.val, test: flags.test };
  const split = splitDataset(source, cut);
  const backend = await chooseBackend(flags.backend);
  const { backend: name, device, reason } = backend;
  console.error(
    `backend: ${name} (${name === 'native' ? 'TensorFlow' : 'TensorFlow.js'} ${backend.version}, ${device})`,
  );
  if (reason) console.error(`  because ${reason}`);
  const { train: t, val, test } = split;
  console.error(
    `${source.name}: ${t.length} images to train, ${val.length} to validate, ${test.length} to test; ${t.classes.length} classes, ${t.shape.join('x')}`,
  );
  const { out, resume, force, json, summary, checkpointMinutes, ...begun } = flags;
  const report = trainReport();
  try {
    return await train(split, {
      recipe,
      backend,
      out: out ?? join('runs', `${basename(source.name)}-${recipe.name}`),
      numbered: out === undefined,
      resume: resume !== undefined,
      force: force ?? false,
      seed: flags.seed,
      split: cut,
      settings,
      // The backend that was chosen, so that the training goes on with it.
      origin: {
        ...begun,
        dataset: await fromAnywhere(dataset),
        backend: name,
        ...(flags.from !== undefined && { from: resolve(flags.from) }),
      },
      signal,
      onProgress: report.onProgress,
      ...(checkpointMinutes !== undefined && { checkpointMinutes }),
      ...(classWeights && { classWeights }),
      ...(flags.freeze && { freeze: flags.freeze }),
      ...(flags.from !== undefined && { from: flags.from }),
      ...(flags.epochs !== undefined && { epochs: flags.epochs }),
      ...(flags.batchSize !== undefined && { batchSize: flags.batchSize }),
    });
  } finally {
    report.stop();
  }
}
