import type { Dataset } from '../../data/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import type { Tapped } from '../activations/index.js';
import { type EmbedOptions, embeddedBatches } from '../embeddings/index.js';

/** An ONNX file has less than 2 GiB; the network needs some of it. */
const most = 2 ** 31 - 2 ** 24;

/**
 * The vectors of all images of a dataset.
 * @returns float32 `[images, width]`
 * @throws OnwardError kind `input` for more than an ONNX file holds, before anything is computed
 */
export async function collectVectors(
  tapped: Tapped,
  model: LoadedModel,
  dataset: Dataset,
  options: EmbedOptions = {},
): Promise<Float32Array> {
  const width = tapped.shapes[0]!.reduce((a, b) => a * b, 1);
  const room = most - model.bytes.length;
  if (dataset.length * width * 4 > room) {
    throw new OnwardError(
      'input',
      `${dataset.length} images with vectors of ${width} need ${((dataset.length * width * 4) / 1e9).toFixed(1)} GB, and an ONNX file holds less than 2 GiB: take fewer with --limit ${Math.floor(room / width / 4)}, or a layer that gives fewer numbers with --layer`,
    );
  }
  const all = new Float32Array(dataset.length * width);
  for await (const { start, vectors } of embeddedBatches(tapped, model, dataset, options)) {
    all.set(vectors, start * width);
  }
  return all;
}
