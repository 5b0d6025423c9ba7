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
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Worker threads that read, decode and fit files. */
export interface Decoder {
  /**
   * The result does not depend on how many threads there are.
   * @returns of all files what `DecodeResult` says, in their order
   * @throws OnwardError kind `interrupted` when `signal` fires
   */
  decode(root: string, files: readonly string[], spec: ImageSpec, options: DecodeFilesOptions): Promise<DecodeResult>;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** @param threads default: one a core */
export function createDecoder(threads = availableParallelism()): Decoder {
  const pool = new Piscina({
    filename: fileURLToPath(new URL('./decode-worker.js', import.meta.url)),
    // Started when there is something to do: few files need few.
    minThreads: 0,
    maxThreads: Math.max(1, threads),
    // Kept between two calls.
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  return {
    decode: (root, files, spec, options) => decodeIn(pool, root, files, spec, options),
    close: () => pool.destroy(),
  };
}

async function decodeIn(
  pool: Piscina,
  root: string,
  files: readonly string[],
  spec: ImageSpec,
  { maxPixels, onProgress, signal }: DecodeFilesOptions,
): Promise<DecodeResult> {
  const size = spec.width * spec.height * spec.channels;
  const pixels = new Uint8Array(files.length * size);
  const channels = new Uint8Array(files.length);
  const failures: { index: number; reason: string }[] = [];
  const starts = Array.from({ length: Math.ceil(files.length / filesPerTask) }, (_, i) => i * filesPerTask);
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
  }
  failures.sort((a, b) => a.index - b.index);
  return { pixels, channels, failures };
}

/** Decodes files in threads of their own, which end with it. */
export async function decodeFiles(
  root: string,
  files: readonly string[],
  spec: ImageSpec,
  { threads, ...options }: DecodeFilesOptions & { readonly threads?: number | undefined },
): Promise<DecodeResult> {
  const decoder = createDecoder(threads);
  try {
    return await decoder.decode(root, files, spec, options);
  } finally {
    await decoder.close();
  }
}
