import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { OnwardError } from '../../runtime/common/index.js';
import type { Put } from '../collect.js';
import { loadAtlas } from './atlas.js';
import type { DrawResult, DrawTask } from './draw-worker.js';

const imagesATask = 250;

export interface DrawOptions {
  readonly seed: number;
  readonly count: number;
  readonly channels: 1 | 3;
  /** Worker threads that draw. Default: one a core. What they draw does not depend on it. */
  readonly threads?: number | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Draws images 0 to `count - 1` of a seed in threads, and puts them down in order.
 * @throws OnwardError kind `missing` without the fonts, `interrupted` when `signal` fires
 */
export async function drawMany(
  { seed, count, channels, threads = availableParallelism(), onProgress, signal }: DrawOptions,
  put: Put,
): Promise<void> {
  const atlas = await loadAtlas();
  const pool = new Piscina({
    filename: fileURLToPath(new URL('./draw-worker.js', import.meta.url)),
    minThreads: 0,
    maxThreads: Math.max(1, threads),
    workerData: { atlas },
  });
  if (signal) setMaxListeners(0, signal);
  // A few tasks ahead of what is put down, so that memory stays small and no thread waits.
  const ahead: Promise<DrawResult>[] = [];
  let started = 0;
  let done = 0;
  const start = () => {
    if (started >= count) return;
    const task: DrawTask = { seed, start: started, count: Math.min(imagesATask, count - started), channels };
    started += task.count;
    const result: Promise<DrawResult> = pool.run(task, signal ? { signal } : {});
    // Looked at in its turn; until then a failure is nobody's.
    result.catch(() => {});
    ahead.push(result);
  };
  try {
    for (let i = 0; i < 3 * Math.max(1, threads); i++) start();
    for (let next = ahead.shift(); next; next = ahead.shift()) {
      const { pixels, labels } = await next;
      start();
      await put(pixels, labels);
      done += labels.length;
      onProgress?.(done, count);
    }
  } catch (thrown) {
    if (signal?.aborted) throw new OnwardError('interrupted', `stopped after ${done} of ${count} images`);
    throw thrown;
  } finally {
    await pool.destroy();
  }
}
