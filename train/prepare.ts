import { basename, join, resolve } from 'node:path';
import type { Split } from '../data/index.js';
import { version } from '../machine/index.js';
import { OnwardError, seedOf, sha256Hex } from '../runtime/common/index.js';
import { buildRecipe } from './build.js';
import {
  architectureIdentity,
  datasetIdentity,
  digestOfIdentity,
  type Identity,
  scheduleIdentity,
} from './checkpoint/index.js';
import { classWeightsFor } from './class-weights.js';
import { freezeLayers } from './freeze.js';
import { type Network, network } from './network.js';
import type { Recipe } from './recipe.js';
import type { RunSettings } from './record.js';
import { adjusted, resolveSettings, type Settings, scheduleOf } from './settings/index.js';
import { type Summary, summarize } from './summary.js';
import type { TrainOptions } from './train.js';
import { freezeNorms, freezeStages, type Stage, type TrainedGroup, trainedGroups } from './unfreezing.js';
import { readWeights, type StoredWeight, takeWeights } from './weights-file.js';

/** A training before its first step. */
export interface Prepared {
  readonly net: Network;
  /** As the settings make it. */
  readonly recipe: Recipe;
  readonly settings: Settings;
  readonly seed: number;
  readonly summary: Summary;
  /** What run.json says of it. */
  readonly info: RunSettings;
  readonly identity: Identity;
  /** What trains from when on, where not all does from the beginning. */
  readonly groups: readonly TrainedGroup[] | undefined;
  /** With `from`: what was taken from there. */
  readonly taken: { readonly path: string; readonly taken: string[]; readonly fresh: string[] } | undefined;
}

const digestOfWeights = (stored: ReadonlyMap<string, StoredWeight>) =>
  sha256Hex(...[...stored.values()].map(({ values }) => new Uint8Array(values.buffer)));

/**
 * As many stages as somebody wants, or as are usual and there.
 * @throws OnwardError kind `usage` for more than there are
 */
function withStages({ name }: Recipe, stages: readonly Stage[], settings: Settings, wanted = 0): Settings {
  if (wanted <= stages.length) return { ...settings, stages: Math.min(settings.stages ?? 0, stages.length) };
  const names = stages.map((stage) => stage.name).join(', ');
  throw new OnwardError(
    'usage',
    `expected stages to be at most ${stages.length}, as many as ${name} has (${names}), got ${wanted}`,
  );
}

/**
 * Builds the network of a training, with everything that makes it this one.
 * @throws OnwardError kind `usage`, `input`
 */
export async function prepare(split: Split, options: TrainOptions): Promise<Prepared> {
  const { backend } = options;
  const { tf } = backend;
  const { train: dataset, val, test } = split;
  const { shape, classes } = dataset;
  let settings = resolveSettings(
    options.recipe,
    { backend: backend.backend, images: dataset.length },
    {
      ...options.settings,
      ...(options.epochs !== undefined && { epochs: options.epochs }),
      ...(options.batchSize !== undefined && { batchSize: options.batchSize }),
    },
  );
  const recipe = adjusted(options.recipe, settings);
  const seed = options.seed ?? 1;
  if (!Number.isInteger(seed)) throw new OnwardError('usage', `expected the seed to be a whole number, got ${seed}`);
  const classWeights = options.classWeights && classWeightsFor(dataset, options.classWeights);
  const stored = options.from === undefined ? undefined : await readWeights(join(options.from, 'model'));
  const augmentations = recipe.augmentation(shape);

  const spec = { shape, classes: classes.length, seed: seedOf(seed, 'weights') };
  const { model, preprocessing } = buildRecipe(tf, recipe, spec);
  let net: Network | undefined;
  try {
    const taken = stored && { path: options.from!, ...takeWeights(tf, model, stored) };
    if (taken?.taken.length === 0) {
      throw new OnwardError(
        'input',
        `--from ${taken.path}: no layer of ${recipe.name} has a name and shapes as there; give a run of the same recipe`,
      );
    }
    const frozen = options.freeze ?? recipe.freeze ?? [];
    const stages = recipe.stages?.(model);
    if (stages) settings = withStages(recipe, stages, settings, options.settings?.stages);
    if (stages) freezeStages(model, stages, settings.stages ?? 0);
    freezeLayers(model, frozen, options.unfreeze);
    if (stages) freezeNorms(model, stages);
    const groups = stages && trainedGroups(model, stages, { headEpochs: 0, stageRate: 1, stageDecay: 1, ...settings });
    const backbone = new Set(stages?.flatMap(({ layers }) => layers));
    const still = model.layers.filter(({ name }) => backbone.has(name));
    const masks = seedOf(seed, 'masks');
    net = network(tf, model, { ...spec, ...settings, seed: masks, preprocessing, classWeights, groups, still });
    const summary = summarize(model);
    const augmentation = augmentations.map(({ name, settings }) => ({ name, ...settings }));
    // In the order in which a difference is worth telling: another seed, for one, makes another split.
    const identity: Identity = {
      recipe: recipe.name,
      seed,
      split: options.split ?? null,
      classes,
      images: dataset.spec,
      dataset: datasetIdentity(split),
      backend: backend.backend,
      preprocessing,
      augmentation,
      ...settings,
      'class weights': classWeights ?? null,
      'frozen layers': model.layers.filter(({ trainable }) => !trainable).map(({ name }) => name),
      ...(recipe.backbone && { backbone: recipe.backbone.name, 'backbone and its weights': recipe.backbone }),
      'weights to begin with': stored ? digestOfWeights(stored) : null,
      'learning rates': scheduleIdentity(scheduleOf(recipe, settings).schedule),
      architecture: architectureIdentity(model),
    };
    const versions = {
      onward: options.version ?? version,
      tfjs: tf.version.tfjs,
      [backend.backend]: backend.version,
    };
    const info: RunSettings = {
      format: 1,
      recipe: recipe.name,
      seed,
      backend: backend.backend,
      device: backend.device,
      epochs: settings.epochs,
      batchSize: settings.batchSize,
      settings: { ...settings, classWeights: classWeights ?? null, freeze: frozen },
      ...(taken && { from: { name: basename(resolve(taken.path)), fresh: taken.fresh } }),
      ...(recipe.backbone && { backbone: recipe.backbone }),
      labels: [...classes],
      input: { ...dataset.spec, background: [...dataset.spec.background] },
      preprocessing: [...preprocessing],
      augmentation,
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
      versions,
      digest: digestOfIdentity({ ...identity, versions }),
    };
    return { net, recipe, settings, seed, summary, info, identity, groups, taken };
  } catch (error) {
    if (net) net.dispose();
    else model.dispose();
    throw error;
  }
}
