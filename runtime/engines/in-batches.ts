import type { LoadedModel } from '../model/index.js';

type Run = (images: Uint8Array, count: number) => Promise<Float32Array>;

/**
 * Predicts any number of images in a graph that takes so many at once and no others: batch after batch, the last one
 * filled up with zeros whose predictions are left out.
 */
export async function inBatches(
  { tensor: { batch }, labels }: LoadedModel,
  run: Run,
  images: Uint8Array,
  count: number,
): Promise<Float32Array> {
  if (batch === undefined || batch === count) return run(images, count);
  const size = images.length / count;
  const classes = labels.length;
  const probabilities = new Float32Array(count * classes);
  for (let from = 0; from < count; from += batch) {
    const some = images.subarray(from * size, (from + batch) * size);
    const full = some.length === batch * size ? some : new Uint8Array(batch * size);
    if (full !== some) full.set(some);
    const part = await run(full, batch);
    if (part.length !== batch * classes) return part;
    probabilities.set(part.subarray(0, Math.min(batch, count - from) * classes), from * classes);
  }
  return probabilities;
}
