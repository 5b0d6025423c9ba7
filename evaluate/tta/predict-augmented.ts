import type { Dataset } from '../../data/index.js';
import { OnwardError, seedOf } from '../../runtime/common/index.js';
import type { Session } from '../../runtime/engines/index.node.js';
import { type Augmentation, createAugmenter } from '../../train/augment/index.js';
import { requireProbabilities } from '../score/check-rows.js';

export interface PredictAugmentedOptions {
  /** How often each image is drawn. */
  readonly draws: number;
  readonly seed: number;
  readonly augmentations: readonly Augmentation[];
  /** Images at once. */
  readonly batch: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * The mean over so many draws of each image of what a model says of it (test-time augmentation). A draw depends on the seed,
 * the image's number and the draw's, and on nothing else. While the engine works on one batch, the next one is augmented.
 * @returns float32 `[images, classes]`, summed in float64
 */
export async function predictAugmented(
  session: Session,
  dataset: Pick<Dataset, 'length' | 'shape' | 'batch' | 'origin'>,
  { draws, seed, augmentations, batch, signal, onProgress }: PredictAugmentedOptions,
): Promise<Float32Array> {
  const classes = session.model.labels.length;
  const mean = new Float32Array(dataset.length * classes);
  const augmenter = createAugmenter({ shape: dataset.shape, augmentations });
  const starts = Array.from({ length: Math.ceil(dataset.length / batch) }, (_, i) => i * batch);
  const tasks = starts.flatMap((start) => Array.from({ length: draws }, (_, draw) => ({ start, draw })));
  let plain: { start: number; images: Promise<Uint8Array> } | undefined;
  const drawn = async ({ start, draw }: (typeof tasks)[number]) => {
    const numbers = Uint32Array.from({ length: Math.min(batch, dataset.length - start) }, (_, i) => start + i);
    if (plain?.start !== start) plain = { start, images: dataset.batch(numbers) };
    const images = Uint8Array.from(await plain.images);
    return (
      await augmenter.augment(
        images,
        numbers.map((image) => seedOf(seed, 'tta', image, draw)),
        0,
      )
    ).images;
  };
  try {
    const queue: { start: number; images: Promise<Uint8Array> }[] = [];
    let next = 0;
    let sums = new Float64Array();
    for (let done = 0; done < tasks.length; done++) {
      while (next < tasks.length && queue.length <= augmenter.ahead) {
        const images = drawn(tasks[next]!);
        // Whoever stops early never awaits it.
        images.catch(() => {});
        queue.push({ start: tasks[next]!.start, images });
        next++;
      }
      const { start, images } = queue.shift()!;
      if (signal?.aborted) throw new OnwardError('interrupted', `stopped after ${start} of ${dataset.length} images`);
      const count = Math.min(batch, dataset.length - start);
      const rows = await session.predict(await images, count);
      requireProbabilities(rows, classes, session.model, (row) => dataset.origin(start + row));
      if (done % draws === 0) sums = new Float64Array(rows.length);
      for (const [i, p] of rows.entries()) sums[i]! += p;
      if (done % draws !== draws - 1) continue;
      for (const [i, sum] of sums.entries()) mean[start * classes + i] = sum / draws;
      onProgress?.(start + count, dataset.length);
      // Ctrl-C has its turn: an engine that blocks would keep it waiting.
      await new Promise(setImmediate);
    }
    return mean;
  } finally {
    await augmenter.close();
  }
}
