import { decodeFiles } from '../data/index.js';
import { OnwardError } from '../runtime/common/index.js';
import type { Session } from '../runtime/engines/index.node.js';

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
  readonly maxPixels?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Files decoded at a time: enough to keep every thread busy, few enough to stay small in memory. */
const chunkSize = 512;
const batchSize = 32;

/** The most probable class of one row. */
export function topOf(labels: readonly string[], row: Float32Array) {
  let index = 0;
  for (let c = 1; c < row.length; c++) if (row[c]! > row[index]!) index = c;
  return { index, label: labels[index]!, probability: row[index]!, probabilities: Array.from(row) };
}

/**
 * Predicts image files, in order, a chunk at a time.
 * @throws OnwardError kind `input` for the first unreadable file when `strict`, `interrupted` when stopped
 */
export async function* predictFiles(
  session: Session,
  files: readonly string[],
  { strict = false, maxPixels = 64e6, signal, onProgress }: PredictFilesOptions = {},
): AsyncGenerator<FilePrediction> {
  const { input, labels } = session.model;
  const size = input.width * input.height * input.channels;
  for (let start = 0; start < files.length; start += chunkSize) {
    const chunk = files.slice(start, start + chunkSize);
    const decoded = await decodeFiles('', chunk, input, { maxPixels, signal });
    const failures = new Map(decoded.failures.map(({ index, reason }) => [index, reason]));
    if (strict && decoded.failures[0]) throw new OnwardError('input', decoded.failures[0].reason);
    for (let at = 0; at < chunk.length; at += batchSize) {
      if (signal?.aborted)
        throw new OnwardError('interrupted', `stopped after ${start + at} of ${files.length} images`);
      const count = Math.min(batchSize, chunk.length - at);
      const rows = await session.predict(decoded.pixels.subarray(at * size, (at + count) * size), count);
      for (let i = 0; i < count; i++) {
        const file = chunk[at + i]!;
        const error = failures.get(at + i);
        yield error === undefined
          ? { file, ...topOf(labels, rows.subarray(i * labels.length, (i + 1) * labels.length)) }
          : { file, error };
      }
      onProgress?.(start + at + count, files.length);
    }
  }
}
