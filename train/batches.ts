import type { Dataset } from '../data/index.js';
import { random, seedOf } from '../runtime/common/index.js';
import { type Augmentation, augmentBatch } from './augment/index.js';

export interface Batch {
  /** uint8 NHWC */
  readonly images: Uint8Array;
  readonly labels: Uint32Array;
}

export interface BatchOptions {
  readonly batchSize: number;
  readonly seed: number;
  readonly epoch: number;
  readonly augmentations: readonly Augmentation[];
  /** How many batches of the epoch are done already, when a training goes on. Default: 0. */
  readonly from?: number;
}

/**
 * One epoch in an order of its own, augmented. Every draw comes from (seed, epoch, image), so that a training that was
 * stopped and goes on sees what it would have seen. The next batch is fetched while one is used.
 */
export async function* trainingBatches(dataset: Dataset, options: BatchOptions): AsyncGenerator<Batch> {
  const { batchSize, seed, epoch, augmentations, from = 0 } = options;
  const order = random(seed, 'shuffle', epoch).permutation(dataset.length);
  const fetch = async (start: number): Promise<Batch> => {
    const indices = order.subarray(start, start + batchSize);
    // A copy: what the dataset gives may be its own memory.
    const images = Uint8Array.from(await dataset.batch(indices));
    augmentBatch(
      images,
      dataset.shape,
      augmentations,
      Uint32Array.from(indices, (i) => seedOf(seed, 'augment', epoch, i)),
    );
    return { images, labels: Uint32Array.from(indices, (i) => dataset.labels[i]!) };
  };
  const first = from * batchSize;
  let next = fetch(first);
  for (let start = first; start < order.length; start += batchSize) {
    const batch = await next;
    if (start + batchSize < order.length) {
      next = fetch(start + batchSize);
      // Whoever stops early never awaits it.
      next.catch(() => {});
    }
    yield batch;
  }
}

/** A dataset in its own order, a batch at a time. */
export async function* inOrder(dataset: Dataset, batchSize: number): AsyncGenerator<Batch> {
  for (let start = 0; start < dataset.length; start += batchSize) {
    const indices = Uint32Array.from({ length: Math.min(batchSize, dataset.length - start) }, (_, i) => start + i);
    yield { images: await dataset.batch(indices), labels: dataset.labels.subarray(start, start + indices.length) };
  }
}
