import type { Dataset } from '../../data/index.js';

/** Images that follow one another in a dataset. */
export interface Batch {
  /** The first one's number. */
  readonly start: number;
  readonly count: number;
  /** uint8 `[count, height, width, channels]`; may be the dataset's own memory, so nobody writes to it. */
  readonly images: Uint8Array;
}

/** How many batches are read ahead: while the engine works on one, the next ones come. */
const ahead = 2;

/**
 * All images of a dataset in their order, batch by batch. Those that lie side by side in memory are not copied; others are
 * read ahead, so that no more than three batches are in memory.
 * @param size how many the next batch has, at most; asked for as batches are read, so up to two before they are given
 */
export async function* readAhead(dataset: Dataset, size: () => number): AsyncGenerator<Batch> {
  const { length } = dataset;
  const queue: { start: number; count: number; images: Uint8Array | Promise<Uint8Array> }[] = [];
  let read = 0;
  do {
    while (queue.length <= ahead && read < length) {
      const [start, count] = [read, Math.min(size(), length - read)];
      const images = imagesOf(dataset, start, count);
      queue.push({ start, count, images });
      read += count;
    }
    const next = queue.shift();
    if (next) yield { ...next, images: await next.images };
  } while (queue.length > 0 || read < length);
}

function imagesOf(dataset: Dataset, start: number, count: number): Uint8Array | Promise<Uint8Array> {
  const seen = dataset.view?.(start, count);
  if (seen) return seen;
  const images = dataset.batch(Uint32Array.from({ length: count }, (_, i) => start + i));
  // Whoever stops early never awaits it.
  images.catch(() => {});
  return images;
}
