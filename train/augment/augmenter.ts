import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { Augmentation, ImageShape } from './augmentation.js';
import { augmentBatch } from './batch.js';
import { mixBatch } from './mix/batch.js';
import type { Mix } from './mix/mix.js';
import type { Augmented, AugmentTask, WorkerSetup } from './worker.js';

export interface AugmenterOptions {
  /** Of every image. */
  readonly shape: ImageShape;
  readonly augmentations: readonly Augmentation[];
  /** Default: images are not mixed. */
  readonly mix?: Mix | undefined;
  /**
   * Worker threads; 0: all in the main thread. Default: none until it has taken the main thread a quarter of a second and a
   * twentieth of its time, then half as many as there are cores, up to 4; none where there is one core.
   */
  readonly threads?: number | undefined;
}

/** Augments batches, in the main thread or ahead of it: which one changes nothing but the time. */
export interface Augmenter {
  /** How many batches to ask for at once, so that it never waits for the one who asks. */
  readonly ahead: number;
  /**
   * @param images uint8 `[seeds.length, ...shape]`; whoever gives them has no more use for them
   * @param seeds one an image, from `seedOf`
   * @param mixSeed of this batch
   */
  augment(images: Uint8Array, seeds: Uint32Array, mixSeed: number): Promise<Augmented>;
  /** Ends the threads; batches that are under way fail. */
  close(): Promise<void>;
}

/** Milliseconds, and share of the main thread's time: with less, threads cost more than they bring. */
const worthThreads = { milliseconds: 250, share: 0.05 };

/**
 * Threads start when the first batch needs them.
 * @throws RangeError for threads where an augmentation says no source
 */
export function createAugmenter(options: AugmenterOptions): Augmenter {
  const { shape, augmentations, mix } = options;
  const elsewhere = augmentations.flatMap(({ name, settings, source }) => (source ? [{ name, settings, source }] : []));
  const movable = elsewhere.length === augmentations.length;
  if (options.threads && !movable) {
    const { name } = augmentations.find(({ source }) => !source)!;
    throw new RangeError(`expected a source of the augmentation ${name}, as worker threads make it anew, got none`);
  }
  const isIdle = augmentations.length === 0 && !mix?.mixup && !mix?.cutmix;
  const threads = isIdle || !movable ? 0 : (options.threads ?? Math.min(availableParallelism() >> 1, 4));
  let pool: Piscina<AugmentTask, Augmented> | undefined;
  let started: number | undefined;
  let spent = 0;

  const here = ({ images, seeds, mixSeed }: AugmentTask): Augmented => {
    const since = performance.now();
    started ??= since;
    augmentBatch(images, shape, augmentations, seeds);
    const mixed = mix && mixBatch(images, seeds.length, shape, mix, mixSeed);
    spent += performance.now() - since;
    return { images, mixed };
  };

  const isWorthIt = () =>
    options.threads !== undefined ||
    (started !== undefined &&
      spent >= worthThreads.milliseconds &&
      spent >= worthThreads.share * (performance.now() - started));

  return {
    // Each thread works at one, has one waiting, and one is ready.
    ahead: Math.max(1, 3 * threads),
    async augment(given, seeds, mixSeed) {
      if (isIdle) return { images: given, mixed: undefined };
      const images = ownMemory(given);
      const task = { images, seeds, mixSeed };
      if (threads === 0 || (!pool && !isWorthIt())) return here(task);
      pool ??= startPool({ shape, augmentations: elsewhere, mix }, threads);
      return pool.run(task, { transferList: [images.buffer] });
    },
    async close() {
      await pool?.destroy();
    },
  };
}

/** Memory that nobody else sees and that can be handed over whole. */
function ownMemory(images: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = images;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === images.byteLength;
  return isWhole ? (images as Uint8Array<ArrayBuffer>) : Uint8Array.from(images);
}

function startPool(setup: WorkerSetup, threads: number): Piscina<AugmentTask, Augmented> {
  return new Piscina({
    filename: fileURLToPath(new URL('./worker.js', import.meta.url)),
    workerData: setup,
    minThreads: threads,
    maxThreads: threads,
    // The trainer blocks this thread while it steps: a worker must not wait until it is told what is next.
    concurrentTasksPerWorker: 2,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
}
