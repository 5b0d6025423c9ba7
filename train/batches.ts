import type { Dataset } from '../data/index.js';
import { random, seedOf } from '../runtime/common/index.js';
import type { Augmenter } from './augment/index.js';

export interface Batch {
  /** uint8 NHWC */
  readonly images: Uint8Array;
  readonly labels: Uint32Array;
  /** Of images that are each a blend of two: the other one's class, and the share, 0..1, of the first. */
  readonly mixed?: { readonly labels: Uint32Array; readonly share: number } | undefined;
}

export interface BatchOptions {
  readonly batchSize: number;
  readonly seed: number;
  readonly epoch: number;
  /** For images of the dataset's shape; whoever made it closes it. */
  readonly augmenter: Augmenter;
  /** How many batches of the epoch are done already, when a training goes on. Default: 0. */
  readonly from?: number;
}

/**
 * One epoch in an order of its own, augmented. Every draw comes from (seed, epoch, image), so that a training that was
 * stopped and goes on sees what it would have seen. As many batches as the augmenter wants are prepared while one is used.
 */
export async function* trainingBatches(dataset: Dataset, options: BatchOptions): AsyncGenerator<Batch> {
  const { batchSize, seed, epoch, augmenter, from = 0 } = options;
  const order = random(seed, 'shuffle', epoch).permutation(dataset.length);
  const prepare = async (start: number): Promise<Batch> => {
    const indices = order.subarray(start, start + batchSize);
    const labels = Uint32Array.from(indices, (i) => dataset.labels[i]!);
    const seeds = Uint32Array.from(indices, (i) => seedOf(seed, 'augment', epoch, i));
    const mixSeed = seedOf(seed, 'mix', epoch, start);
    const { images, mixed } = await augmenter.augment(await dataset.batch(indices), seeds, mixSeed);
    if (!mixed) return { images, labels };
    const others = Uint32Array.from(mixed.partners, (i) => labels[i]!);
    return { images, labels, mixed: { labels: others, share: mixed.share } };
  };
  const underWay: Promise<Batch>[] = [];
  let next = from * batchSize;
  const askForMore = () => {
    for (; underWay.length <= augmenter.ahead && next < order.length; next += batchSize) {
      const batch = prepare(next);
      // Whoever stops early never awaits it.
      batch.catch(() => {});
      underWay.push(batch);
    }
  };
  askForMore();
  for (let batch = await underWay.shift(); batch; batch = await underWay.shift()) {
    askForMore();
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
