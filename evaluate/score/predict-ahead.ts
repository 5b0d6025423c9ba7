import type { Dataset, DecodedImages, SourceOptions } from '../../data/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import type { Session } from '../../runtime/engines/index.node.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import { usualSize } from './batch-sizes.js';
import { requireProbabilities } from './check-rows.js';
import type { PredictedAll } from './predict-all.js';

export interface PredictAheadOptions {
  /** How the person names the images. */
  readonly data: string;
  /** The part that is wanted, as `partOf` takes it. */
  readonly split?: string | undefined;
  /** Images at once. Default: what usually is quick. */
  readonly batch?: number | undefined;
  /**
   * Bytes of decoded images from which on it begins: decoding and predicting side by side take the cores from each other, so that
   * fewer are sooner done one after the other. Default: 64 MiB.
   */
  readonly from?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Predictions of images that are still being decoded. */
export interface PredictedAhead {
  /** For whoever opens the images. */
  readonly onImages: NonNullable<SourceOptions['onImages']>;
  /** Opened when the first images came; undefined where none did. */
  readonly session: Session | undefined;
  /**
   * What was predicted of a dataset's images, by where they came from; undefined where one of them was not.
   * @throws OnwardError kind `input` for what is no probability
   */
  rowsOf(dataset: Dataset): PredictedAll | undefined;
  close(): Promise<void>;
}

const lastOf = (path: string) =>
  path
    .replace(/[\\/]+$/, '')
    .split(/[\\/]/)
    .at(-1);

/** Whether probably all images are wanted: where some of them may be what the model was trained on, that is known only when all are decoded. */
function wantsAll(
  { provenance: { dataset, split } }: LoadedModel,
  { data, split: wanted }: PredictAheadOptions,
): boolean {
  if (wanted !== undefined) return wanted === 'all';
  return !split || !dataset || lastOf(dataset.name) !== lastOf(data);
}

/**
 * Predicts images while further ones are decoded, so that neither waits for the other: of image files, where probably all of
 * them will be asked for. Where others turn out to be asked for that costs time and changes nothing.
 * @param open opens the model, so that it gives probabilities
 * @returns undefined where it would not pay, or where the images are needed to find out what the outputs are
 */
export function predictAhead(
  open: () => Promise<Session>,
  model: LoadedModel,
  options: PredictAheadOptions,
): PredictedAhead | undefined {
  if (model.output.kind !== 'probabilities' || !wantsAll(model, options)) return undefined;
  const { height, width, channels } = model.input;
  const size = height * width * channels;
  const classes = model.labels.length;
  const places = new Map<string, number>();
  const parts: Float32Array[] = [];
  let done = 0;
  const { batch: given, from = 2 ** 26, signal } = options;
  /** Images that came before there were so many. */
  let held: DecodedImages[] = [];
  let heldBytes = 0;
  let session: Session | undefined;
  let hasFailed = false;
  let seconds = 0;
  let batch = 0;

  const predict = async (pixels: Uint8Array, length: number) => {
    session ??= await open();
    batch = given ?? model.tensor.batch ?? (session.slow ? 8 : usualSize(size));
    for (let start = 0; start < length; start += batch) {
      if (signal?.aborted) return;
      const count = Math.min(batch, length - start);
      const before = performance.now();
      parts.push(await session.predict(pixels.subarray(start * size, (start + count) * size), count));
      seconds += (performance.now() - before) / 1000;
      // Workers that decode are given their next files meanwhile.
      await new Promise(setImmediate);
    }
  };

  return {
    async onImages(images) {
      if (hasFailed) return;
      held.push(images);
      heldBytes += images.pixels.length;
      if (heldBytes < from) return;
      const now = held;
      held = [];
      for (const { length, pixels, origin } of now) {
        try {
          await predict(pixels, length);
        } catch {
          // Who evaluates meets it again, and says so where it belongs.
          hasFailed = true;
          return;
        }
        if (signal?.aborted) throw new OnwardError('interrupted', `stopped after ${done} images`);
        for (let i = 0; i < length; i++) places.set(origin(i), done + i);
        done += length;
      }
    },
    get session() {
      return hasFailed ? undefined : session;
    },
    rowsOf(dataset) {
      if (hasFailed) return undefined;
      const found = Array.from({ length: dataset.length }, (_, i) => places.get(dataset.origin(i)));
      if (found.includes(undefined)) return undefined;
      const rows = new Float32Array(done * classes);
      let at = 0;
      for (const part of parts) {
        rows.set(part, at);
        at += part.length;
      }
      const probabilities = new Float32Array(dataset.length * classes);
      for (const [i, place] of found.entries()) {
        probabilities.set(rows.subarray(place! * classes, (place! + 1) * classes), i * classes);
      }
      requireProbabilities(probabilities, classes, model, (row) => dataset.origin(row));
      return { probabilities, seconds, batch };
    },
    async close() {
      await session?.close();
    },
  };
}
