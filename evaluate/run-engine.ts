import { OnwardError } from '../runtime/common/index.js';
import { type Engine, type EngineName, openSession, type SelfTest } from '../runtime/engines/index.node.js';
import type { LoadedModel } from '../runtime/model/index.node.js';
import type { Images } from './images.js';

export interface RunEngineOptions {
  /** How many images an engine gets on which a few take seconds (a GPU in software). Default: 64. */
  readonly slowLimit?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((engine: EngineName, done: number, total: number) => void) | undefined;
}

/** What an engine made of the images. */
export interface EngineRun {
  readonly version: string;
  readonly device: string;
  readonly selfTest: SelfTest | undefined;
  /** float32 `[images, classes]`; of a slow engine, of the first images alone */
  readonly probabilities: Float32Array;
  readonly imagesPerSecond: number;
}

/** Images predicted at a time. Slow engines get few, so that Ctrl-C need not wait for minutes. */
const batchSize = { usual: 64, slow: 8 };

/**
 * Runs a model over images in an engine. The time is that of the predictions, after a first batch that warms up.
 * @throws OnwardError kind `interrupted` when stopped; whatever opening a session or predicting throws
 */
export async function runEngine(
  engine: Engine,
  model: LoadedModel,
  images: Images,
  { slowLimit = 64, signal, onProgress }: RunEngineOptions,
): Promise<EngineRun> {
  const requireGoing = () => {
    if (signal?.aborted) throw new OnwardError('interrupted', 'stopped before all engines were verified');
  };
  requireGoing();
  const session = await openSession(engine, model, { allowDifferent: true });
  try {
    const slow = session.slow ?? engine.slow ?? false;
    const step = slow ? batchSize.slow : batchSize.usual;
    const count = slow ? Math.min(images.length, slowLimit) : images.length;
    const classes = model.labels.length;
    const probabilities = new Float32Array(count * classes);
    const first = Math.min(slow ? 1 : step, count);
    await session.predict(await images.slice(0, first), first);
    let seconds = 0;
    for (let start = 0; start < count; start += step) {
      requireGoing();
      const size = Math.min(step, count - start);
      const batch = await images.slice(start, size);
      const before = performance.now();
      probabilities.set(await session.predict(batch, size), start * classes);
      seconds += (performance.now() - before) / 1000;
      onProgress?.(engine.name, start + size, count);
    }
    const { version, device, selfTest } = session;
    return { version, device, selfTest, probabilities, imagesPerSecond: count / seconds };
  } finally {
    await session.close();
  }
}
