import { setImmediate } from 'node:timers/promises';
import { concat, type Dataset, type Split, subset } from '../data/index.js';
import { random } from '../runtime/common/index.js';
import { chooseGolden, countPredictions, encodeGolden, type RunGolden } from '../runtime/model/index.js';
import type { Network } from './network.js';
import { type Score, score as scoreOf } from './score.js';

/** How many noise images stand in for private ones. */
const noiseCount = 16;

/** Fewer validation images than this are joined by training images: a small folder still gives enough samples. */
const enough = 64;

/** Where golden samples come from: the validation part, with as many training images as it lacks. */
function candidates({ train, val }: Split, seed: number): Dataset {
  if (val.length >= enough) return val;
  const more = random(seed, 'golden')
    .permutation(train.length)
    .subarray(0, enough * 4);
  return concat([val, subset(train, more)]);
}

/** The samples by which every runtime tests itself: real ones, those with the smallest margins among them, and noise. */
export async function goldenSamples(network: Network, split: Split, score: Score, seed: number): Promise<RunGolden> {
  const dataset = candidates(split, seed);
  const classes = dataset.classes.length;
  const pixels = dataset.shape.reduce((a, b) => a * b, 1);
  const all = dataset === split.val ? score : await scoreOf(network, dataset, setImmediate);
  const chosen = chooseGolden(dataset.labels, all.probabilities, classes);
  const stream = random(seed, 'noise');
  const noise = Uint8Array.from({ length: noiseCount * pixels }, () => stream.below(256));
  const encode = (kind: 'real' | 'noise', images: Uint8Array, count: number) =>
    encodeGolden({ kind, count, images, probabilities: network.predict(images, count) }, dataset.spec);
  return {
    real: encode('real', await dataset.batch(chosen), chosen.length),
    noise: encode('noise', noise, noiseCount),
    predictions: countPredictions(score.probabilities, classes),
  };
}
