import { createDecoder } from '../data/index.js';
import { OnwardError } from '../runtime/common/index.js';
import type { Session } from '../runtime/engines/index.node.js';
import { defaultMaxPixels } from '../runtime/image/index.js';

/** What a model says of one file, or why it could not be asked. */
export type FilePrediction =
  | {
      readonly file: string;
      readonly index: number;
      readonly label: string;
      readonly probability: number;
      /** In the order of the labels. */
      readonly probabilities: readonly number[];
    }
  | { readonly file: string; readonly error: string };

export interface PredictFilesOptions {
  /** An unreadable file is an error. Default: false. */
  readonly strict?: boolean;
  /** More pixels than this in one image are refused before decoding. Default: 64 million. */
  readonly maxPixels?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

const batchSize = 32;

/** Files decoded at a time: enough to keep every thread busy, and not more than 32 MB of fitted images. */
const chunkOf = (bytesPerImage: number) => batchSize * Math.min(16, Math.max(1, Math.floor(1e6 / bytesPerImage)));

/** The most probable class of one row. */
export function topOf(labels: readonly string[], row: Float32Array) {
  let index = 0;
  for (let c = 1; c < row.length; c++) if (row[c]! > row[index]!) index = c;
  return { index, label: labels[index]!, probability: row[index]!, probabilities: Array.from(row) };
}

/**
 * Predicts image files, in order. While one chunk is predicted the next is decoded; memory does not grow with their number.
 * @throws OnwardError kind `input` for the first unreadable file when `strict`, `interrupted` when stopped
 */
export async function* predictFiles(
  session: Session,
  files: readonly string[],
  { strict = false, maxPixels = defaultMaxPixels, signal, onProgress }: PredictFilesOptions = {},
): AsyncGenerator<FilePrediction> {
  const { input, labels } = session.model;
  const size = input.width * input.height * input.channels;
  const chunkSize = chunkOf(size);
  const stopped = (done: number) => new OnwardError('interrupted', `stopped after ${done} of ${files.length} images`);
  const decoder = createDecoder();
  const decode = (start: number) => {
    const decoded = decoder.decode('', files.slice(start, start + chunkSize), input, { maxPixels, signal });
    // Whoever stops early never awaits it.
    decoded.catch(() => {});
    return decoded;
  };
  try {
    let next = decode(0);
    for (let start = 0; start < files.length; start += chunkSize) {
      const { pixels, failures } = await next.catch((error) => {
        throw signal?.aborted ? stopped(start) : error;
      });
      next = decode(start + chunkSize);
      if (strict && failures[0]) throw new OnwardError('input', failures[0].reason);
      const reasons = new Map(failures.map(({ index, reason }) => [start + index, reason]));
      const end = Math.min(start + chunkSize, files.length);
      for (let at = start; at < end; at += batchSize) {
        if (signal?.aborted) throw stopped(at);
        const count = Math.min(batchSize, end - at);
        const images = pixels.subarray((at - start) * size, (at - start + count) * size);
        const rows = await session.predict(images, count);
        for (let i = 0; i < count; i++) {
          const file = files[at + i]!;
          const error = reasons.get(at + i);
          yield error === undefined
            ? { file, ...topOf(labels, rows.subarray(i * labels.length, (i + 1) * labels.length)) }
            : { file, error };
        }
        onProgress?.(at + count, files.length);
      }
    }
  } finally {
    await decoder.close();
  }
}
