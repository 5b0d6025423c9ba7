import { setImmediate } from 'node:timers/promises';
import type { Dataset } from '../data/index.js';
import { OnwardError } from '../runtime/common/index.js';
import { type BatchOptions, trainingBatches } from './batches.js';
import type { Network } from './network.js';

/** An epoch so far. */
export interface EpochTotals {
  readonly step: number;
  readonly images: number;
  /** Mean over these images, each as the network was when it saw it. */
  readonly loss: number;
  /** 0..1, likewise. */
  readonly accuracy: number;
  /** Of the last step. */
  readonly learningRate: number;
}

export interface EpochOptions extends BatchOptions {
  /** @param step counted from 0 within the epoch */
  readonly learningRate: (step: number) => number;
  readonly onStep: (totals: EpochTotals) => void;
  /** Stops after the step that is running. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Shows a network all images once.
 * @returns undefined when it was stopped before the first step
 * @throws OnwardError kind `input` when the loss is no number any more
 */
export async function trainEpoch(
  network: Network,
  dataset: Dataset,
  { learningRate, onStep, signal, ...batching }: EpochOptions,
): Promise<EpochTotals | undefined> {
  let totals: EpochTotals | undefined;
  let [loss, correct, images, step] = [0, 0, 0, 0];
  for await (const batch of trainingBatches(dataset, batching)) {
    if (signal?.aborted) break;
    const rate = learningRate(step);
    const result = network.step(batch, rate);
    if (!Number.isFinite(result.loss)) {
      throw new OnwardError(
        'input',
        `the loss became ${result.loss} in epoch ${batching.epoch}; try another seed or a smaller batch size`,
      );
    }
    step++;
    images += batch.labels.length;
    loss += result.loss * batch.labels.length;
    correct += result.correct;
    totals = { step, images, loss: loss / images, accuracy: correct / images, learningRate: rate };
    onStep(totals);
    // Steps compute synchronously: without a pause nothing else runs, not even Ctrl-C.
    await setImmediate();
  }
  return totals;
}
