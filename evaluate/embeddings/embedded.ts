import type { Dataset } from '../../data/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import type { Tapped } from '../activations/index.js';
import { fittedTo } from '../score/fitted.js';
import { readAhead } from '../score/read-ahead.js';

export interface EmbedOptions {
  /** Images at once. Default: 64, or what the graph takes. */
  readonly batch?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What a model makes of some images, one after another. */
export interface EmbeddedBatch {
  /** The first one's number in the dataset. */
  readonly start: number;
  readonly count: number;
  /** float32 `[count, width]` */
  readonly vectors: Float32Array;
  /** What else was tapped. */
  readonly others: readonly Float32Array[];
  /** float32 `[count, classes]` */
  readonly probabilities: Float32Array;
}

/**
 * The vectors of a dataset's images, batch by batch in their order: no more than a few batches are in memory. The images are
 * fitted where they are not of the model's size.
 * @param tapped gives the vectors as its first value
 * @throws OnwardError kind `input` for a number that is none, `interrupted`
 */
export async function* embeddedBatches(
  tapped: Tapped,
  model: LoadedModel,
  given: Dataset,
  { batch = model.tensor.batch ?? 64, signal, onProgress }: EmbedOptions = {},
): AsyncGenerator<EmbeddedBatch> {
  const dataset = fittedTo(given, model.input);
  const { length } = dataset;
  for await (const { start, count, images } of readAhead(dataset, () => batch)) {
    if (signal?.aborted) throw new OnwardError('interrupted', `stopped after ${start} of ${length} images`);
    const { values, probabilities } = await tapped.run(images, count);
    const [vectors, ...others] = values as [Float32Array, ...Float32Array[]];
    const bad = vectors.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new OnwardError(
        'input',
        `${model.name}: its vector of ${dataset.origin(start + Math.floor(bad / (vectors.length / count)))} holds ${vectors[bad]}, expected numbers; it overflows or was damaged, export it again or try another engine`,
      );
    }
    yield { start, count, vectors, others, probabilities };
    onProgress?.(start + count, length);
    // Signals and timers have their turn.
    await new Promise(setImmediate);
  }
}
