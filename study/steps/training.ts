import { join, relative } from 'node:path';
import { exportRun, readRun } from '../../export/index.node.js';
import { version, writeWhole } from '../../machine/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import { type EpochRow, type Extremes, extremes, type Recipe, train } from '../../train/index.js';
import type { StudyContext } from '../context.js';
import type { Step } from '../step.js';
import { imagesOf } from './shared.js';

/** What a training of the study came to. */
export interface TrainingResult {
  readonly recipe: string;
  /** The run's folder and its exported file, below the study's folder. */
  readonly run: string;
  readonly model: string;
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly batchSize: number;
  /** Height, width, channels of the images as they entered. */
  readonly shape: readonly number[];
  readonly images: { readonly train: number; readonly val: number; readonly test: number };
  readonly parameters: { readonly total: number; readonly trainable: number };
  /** Of the weights that were kept, those of the best epoch: val_loss, val_accuracy, test_accuracy and so on. */
  readonly metrics: { readonly [name: string]: number };
  readonly history: readonly EpochRow[];
  readonly extremes: Extremes;
  readonly seconds: number;
  readonly backend: string;
  /** Of a recipe that can begin with published weights: the file of them; null: from scratch; undefined for other recipes. */
  readonly weights?: { readonly file: string; readonly published: boolean } | null;
  /** Sentences that a reader of the numbers should know. */
  readonly notes: readonly string[];
}

/** How often a recipe goes through the images: the share of its own epochs, and once at least. */
export const epochsOf = ({ epochs }: Recipe, { backend, scale }: Pick<StudyContext, 'backend' | 'scale'>): number =>
  Math.max(1, Math.round(epochs[backend.backend] * scale));

/** Trains a recipe and exports it. A training that was interrupted goes on, one that is done already is loaded. */
export const trainingStep = (name: string): Step<TrainingResult> => ({
  name,
  what: `the recipe ${name}: trained and exported`,
  needs: [],
  settings(context) {
    const { seed, backend, cut } = context;
    const recipe = context.recipe(name);
    const { train: t, val, test } = context.partsOf(recipe.channels);
    return {
      ...{ recipe: name, seed, backend: backend.backend, cut, epochs: epochsOf(recipe, context) },
      ...{ weights: recipe.backbone?.weights ?? null, images: [t, val, test].map(imagesOf) },
    };
  },
  async run(context) {
    const { out, seed, backend, cut, signal, parts } = context;
    const recipe = context.recipe(name);
    const split = context.partsOf(recipe.channels);
    const run = await train(split, {
      ...{ recipe, backend, seed, split: cut, epochs: epochsOf(recipe, context) },
      // What another scale or other images left there stays, and is found again by them.
      ...{ out: join(out, 'runs', name), numbered: true, resume: true },
      ...(signal && { signal }),
      origin: { study: true },
      onProgress: (event) => context.onTraining(event),
    });
    const { info, history, path } = run;
    if (info.interrupted) throw new OnwardError('interrupted', `${path} was stopped in epoch ${info.epochsDone + 1}`);
    const model = join(path, 'model.onnx');
    await writeWhole(model, exportRun(await readRun(path), { producerVersion: version }));
    const inside = (file: string) => relative(out, file).split('\\').join('/');
    const result: TrainingResult = {
      ...{ recipe: name, run: inside(path), model: inside(model) },
      ...{ epochs: history.length, bestEpoch: info.bestEpoch, batchSize: info.batchSize },
      shape: split.train.shape,
      images: { train: split.train.length, val: split.val.length, test: split.test.length },
      ...{ parameters: info.parameters, metrics: info.metrics, history, extremes: extremes(history) },
      ...{ seconds: info.seconds, backend: `${info.backend}, ${info.device}` },
      ...(recipe.pretrained || recipe.backbone
        ? {
            weights: recipe.backbone?.weights
              ? { file: recipe.backbone.weights.file, published: recipe.backbone.weights.published }
              : null,
          }
        : {}),
      notes:
        split.train.shape[2] === parts.train.shape[2] ? [] : ['the images are gray: each colour has the same channel'],
    };
    return { result, files: ['run.json', 'history.csv', 'model.onnx'].map((file) => inside(join(path, file))) };
  },
});
