import type { LayersModel } from '@tensorflow/tfjs';
import { OnwardError } from '../runtime/common/index.js';
import type { Settings } from './settings/index.js';

type Layer = LayersModel['layers'][number];

/** A part of a network that is unfrozen at once. */
export interface Stage {
  readonly name: string;
  /** Of its layers, those without weights among them. */
  readonly layers: readonly string[];
}

/** Layers that begin to train together. */
export interface TrainedGroup {
  readonly name: string;
  readonly layers: readonly Layer[];
  /** The epoch, from 1, in which they begin. */
  readonly from: number;
  /** What the learning rate is multiplied with. */
  readonly rate: number;
}

/** Layers whose weights are statistics of what goes through them. */
const isNorm = (layer: Layer) => layer.getClassName().endsWith('Normalization');

/**
 * Freezes what lies below a head, but for the stages that are to be unfrozen. Normalisations stay frozen in all of them: their
 * statistics are of many more images than a batch has, and fitted to the weights that the network begins with.
 */
export function freezeStages(model: LayersModel, stages: readonly Stage[], unfrozen: number): void {
  const byName = new Map(model.layers.map((layer) => [layer.name, layer]));
  for (const [i, { layers }] of stages.entries()) {
    for (const name of layers) {
      const layer = byName.get(name)!;
      layer.trainable = i < unfrozen && !isNorm(layer);
    }
  }
}

/** Freezes the normalisations of the stages, whatever else was said. */
export function freezeNorms(model: LayersModel, stages: readonly Stage[]): void {
  const names = new Set(stages.flatMap(({ layers }) => layers));
  for (const layer of model.layers) if (names.has(layer.name) && isNorm(layer)) layer.trainable = false;
}

/**
 * What trains from when on, and how fast: the head at once, then stage after stage from the top down, at equal distances, each
 * with a lower learning rate than the one above it (Howard & Ruder 2018, arXiv:1801.06146, gradual unfreezing and
 * discriminative fine-tuning). A function of the settings alone, so that a training that goes on needs no memory of it.
 * @param stages from the top down
 * @throws OnwardError kind `usage` where no epoch is left for the stages
 */
export function trainedGroups(
  model: LayersModel,
  stages: readonly Stage[],
  {
    epochs,
    headEpochs,
    stageRate,
    stageDecay,
  }: Required<Pick<Settings, 'epochs' | 'headEpochs' | 'stageRate' | 'stageDecay'>>,
): TrainedGroup[] {
  const stageOf = new Map(stages.flatMap(({ layers }, i) => layers.map((name) => [name, i] as const)));
  const trained = model.layers.filter(({ trainableWeights }) => trainableWeights.length > 0);
  const head = trained.filter(({ name }) => !stageOf.has(name));
  const below = stages
    .map(({ name }, i) => ({
      name,
      layers: trained.filter((layer) => stageOf.get(layer.name) === i),
      rate: stageRate * stageDecay ** i,
    }))
    .filter(({ layers }) => layers.length > 0);
  if (below.length > 0 && headEpochs >= epochs) {
    throw new OnwardError(
      'usage',
      `headEpochs ${headEpochs} leaves none of ${epochs} epochs for the stages below the head; lower it, or give --set stages=0`,
    );
  }
  const first = head.length > 0 ? headEpochs : 0;
  const groups = below.map((group, i) => ({
    ...group,
    from: 1 + first + Math.floor((i * (epochs - first)) / below.length),
  }));
  return [...(head.length > 0 ? [{ name: 'head', layers: head, from: 1, rate: 1 }] : []), ...groups];
}

/** How many of the groups train in an epoch. */
export const groupsIn = (groups: readonly TrainedGroup[], epoch: number): number =>
  groups.filter(({ from }) => from <= epoch).length;
