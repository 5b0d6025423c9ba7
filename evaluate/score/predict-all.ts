import type { Dataset } from '../../data/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import type { Session } from '../../runtime/engines/index.node.js';
import { fixedSize, quickestSize } from './batch-sizes.js';
import { requireProbabilities } from './check-rows.js';
import { readAhead } from './read-ahead.js';

export interface PredictAllOptions {
  /** Images at once. Default: what proves the quickest. */
  readonly batch?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface PredictedAll {
  /** float32 `[images, classes]` */
  readonly probabilities: Float32Array;
  /** From the first image to the last: reading and predicting. */
  readonly seconds: number;
  /** Images at once, of most batches. */
  readonly batch: number;
}

/**
 * Predicts all images of a dataset, batch by batch in their order; no more than three batches are in memory.
 * @throws OnwardError kind `input` for what is no probability, `interrupted`
 */
export async function predictAll(
  session: Session,
  dataset: Dataset,
  { batch, signal, onProgress }: PredictAllOptions = {},
): Promise<PredictedAll> {
  const { length, shape } = dataset;
  const classes = session.model.labels.length;
  const probabilities = new Float32Array(length * classes);
  const fixed = batch ?? session.model.tensor.batch ?? (session.slow ? 8 : undefined);
  const sizes = fixed
    ? fixedSize(fixed)
    : quickestSize(
        length,
        shape.reduce((a, b) => a * b, 1),
      );
  const used = new Map<number, number>();
  let shown = 0;
  const began = performance.now();
  for await (const { start, count, images } of readAhead(dataset, sizes.next)) {
    if (signal?.aborted) throw new OnwardError('interrupted', `stopped after ${start} of ${length} images`);
    const before = performance.now();
    const rows = await session.predict(images, count);
    const now = performance.now();
    sizes.took(count, now - before);
    used.set(count, (used.get(count) ?? 0) + count);
    requireProbabilities(rows, classes, session.model, (row) => dataset.origin(start + row));
    probabilities.set(rows, start * classes);
    if (now - shown < 50 && start + count < length) continue;
    shown = now;
    onProgress?.(start + count, length);
    // Signals and timers have their turn: an engine that blocks would keep them waiting until the end.
    await new Promise(setImmediate);
  }
  const most = [...used].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
  return { probabilities, seconds: (performance.now() - began) / 1000, batch: most };
}
