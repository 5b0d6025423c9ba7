import type { Dataset } from '../../data/index.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import type { Tapped } from '../activations/index.js';
import { topOf } from '../predict-files.js';
import { type EmbedOptions, embeddedBatches } from './embedded.js';
import type { EmbeddedRow } from './row.js';
import { embeddingFiles } from './writers/index.js';

/** Images of a part, as rows name it. */
export interface EmbeddedPart {
  readonly split: string;
  readonly dataset: Dataset;
}

/**
 * Writes the vectors of images to files, whole or not at all; memory does not grow with how many there are.
 * @param out `x.npy` (with `x.csv` beside it), `x.parquet`, or a folder for all three
 * @param tapped gives the vectors as its first value
 * @returns the files
 * @throws OnwardError kind `input` for numbers that are none, `interrupted`
 */
export async function writeEmbeddings(
  out: string,
  tapped: Tapped,
  model: LoadedModel,
  parts: readonly EmbeddedPart[],
  { onProgress, ...options }: EmbedOptions = {},
): Promise<string[]> {
  const total = parts.reduce((sum, { dataset }) => sum + dataset.length, 0);
  const width = tapped.shapes[0]!.reduce((a, b) => a * b, 1);
  const files = embeddingFiles(out);
  const writers = [];
  try {
    for (const { open } of files) writers.push(await open({ rows: total, width }));
    let before = 0;
    for (const { split, dataset } of parts) {
      const batches = embeddedBatches(tapped, model, dataset, {
        ...options,
        onProgress: (done) => onProgress?.(before + done, total),
      });
      const classes = model.labels.length;
      for await (const { start, count, vectors, probabilities } of batches) {
        const rows = Array.from({ length: count }, (_, i): EmbeddedRow => {
          const { label, probability } = topOf(model.labels, probabilities.subarray(i * classes, (i + 1) * classes));
          const index = start + i;
          return {
            ...{ split, index, file: dataset.origin(index) },
            ...{ label: dataset.classes[dataset.labels[index]!]!, predicted: label, probability },
          };
        });
        for (const writer of writers) await writer.write(rows, vectors);
      }
      before += dataset.length;
    }
    for (const writer of writers) await writer.finish();
  } catch (error) {
    for (const writer of writers) await writer.abort();
    throw error;
  }
  return files.map(({ path }) => path);
}
