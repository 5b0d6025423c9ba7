import { setImmediate } from 'node:timers/promises';
import type { Dataset } from '../data/index.js';
import { type BatchOptions, trainingBatches } from './batches.js';
import { Diverged } from './diverged.js';
import type { Network } from './network.js';

/** An epoch so far, in sums, so that one that goes on adds to them. */
export interface EpochSums {
  /** Steps done. */
  readonly step: number;
  readonly images: number;
  /** Of each image's loss and of those that were right, each as the network was when it saw it. */
  readonly loss: number;
  readonly correct: number;
}

export const noSums: EpochSums = { step: 0, images: 0, loss: 0, correct: 0 };

export interface EpochOptions extends Omit<BatchOptions, 'from'> {
  /** What of the epoch is done already. */
  readonly sums: EpochSums;
  /** @param step counted from 0 within the epoch */
  readonly learningRate: (step: number) => number;
  /** How many groups of the network's layers train. Default: all. */
  readonly groups?: number;
  readonly onStep: (sums: EpochSums) => void | Promise<void>;
  /** Stops after the step that is running. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Shows a network all images once, or those that it has not seen in this epoch.
 * @returns the epoch's sums; of fewer steps than the epoch has when it was stopped
 * @throws Diverged when the loss is no number any more
 */
export async function trainEpoch(network: Network, dataset: Dataset, options: EpochOptions): Promise<EpochSums> {
  const { learningRate, groups, onStep, signal, sums: before, ...batching } = options;
  let sums = before;
  for await (const batch of trainingBatches(dataset, { ...batching, from: sums.step })) {
    if (signal?.aborted) break;
    const { step, images, loss, correct } = sums;
    const result = network.step(batch, learningRate(step), groups);
    if (!Number.isFinite(result.loss)) throw new Diverged(result.loss, batching.epoch, step + 1);
    sums = {
      step: step + 1,
      images: images + batch.labels.length,
      loss: loss + result.loss * batch.labels.length,
      correct: correct + result.correct,
    };
    await onStep(sums);
    // Steps compute synchronously: without a pause nothing else runs, not even Ctrl-C.
    await setImmediate();
  }
  return sums;
}
