import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { OnwardError } from '../../runtime/common/index.js';
import type { ImageSpec } from '../../runtime/image/index.js';
import type { DecodeResult, DecodeTask } from './decode-worker.js';

const filesPerTask = 16;

export interface DecodeFilesOptions {
  readonly maxPixels: number;
  readonly threads?: number | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads, decodes and fits files in worker threads. The result does not depend on how many there are.
 *
 * @returns of all files what `DecodeResult` says, in their order
 * @throws OnwardError kind `interrupted` when `signal` fires
 */
export async function decodeFiles(
  root: string,
  files: readonly string[],
  spec: ImageSpec,
  { maxPixels, threads = availableParallelism(), onProgress, signal }: DecodeFilesOptions,
): Promise<DecodeResult> {
  const size = spec.width * spec.height * spec.channels;
  const pixels = new Uint8Array(files.length * size);
  const channels = new Uint8Array(files.length);
  const failures: { index: number; reason: string }[] = [];
  const starts = Array.from({ length: Math.ceil(files.length / filesPerTask) }, (_, i) => i * filesPerTask);
  const workers = Math.max(1, Math.min(threads, starts.length));
  const pool = new Piscina({
    filename: fileURLToPath(new URL('./decode-worker.js', import.meta.url)),
    minThreads: workers,
    maxThreads: workers,
  });
  // Each task that waits listens to it, and there are many.
  if (signal) setMaxListeners(0, signal);
  let done = 0;
  try {
    await Promise.all(
      starts.map(async (start) => {
        const task: DecodeTask = { root, files: files.slice(start, start + filesPerTask), spec, maxPixels };
        const result: DecodeResult = await pool.run(task, signal ? { signal } : {});
        pixels.set(result.pixels, start * size);
        channels.set(result.channels, start);
        for (const { index, reason } of result.failures) failures.push({ index: start + index, reason });
        done += task.files.length;
        onProgress?.(done, files.length);
      }),
    );
  } catch (thrown) {
    if (signal?.aborted) throw new OnwardError('interrupted', `stopped after ${done} of ${files.length} images`);
    throw thrown;
  } finally {
    await pool.destroy();
  }
  failures.sort((a, b) => a.index - b.index);
  return { pixels, channels, failures };
}
