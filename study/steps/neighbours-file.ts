import type { Dataset } from '../../data/index.js';
import {
  collectVectors,
  embeddingOf,
  fittedTo,
  goldenCandidates,
  neighbourGolden,
  openTapped,
} from '../../evaluate/index.js';
import { indexVectors, neighboursFile } from '../../export/index.node.js';
import { version } from '../../machine/index.js';
import type { Engine } from '../../runtime/engines/index.node.js';
import type { LoadedModel } from '../../runtime/model/index.js';

export interface NeighboursFileOptions {
  readonly engine: Engine;
  readonly k: number;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * A network and the images that it was trained on as one ONNX file: the nearest of them, by the vectors that the dense layers
 * take, have a vote each.
 * @param others images that were not trained on, for golden samples
 */
export async function neighboursOnnx(
  model: LoadedModel,
  images: Dataset,
  others: Dataset,
  { engine, k, seed, signal, onProgress }: NeighboursFileOptions,
) {
  const { value, what } = embeddingOf(model);
  const tapped = await openTapped(engine, model, { values: [value] });
  try {
    const dataset = fittedTo(images, model.input);
    const vectors = await collectVectors(tapped, model, dataset, { signal, onProgress });
    const width = vectors.length / dataset.length;
    const samples = await goldenCandidates(tapped, model, others, { seed, signal });
    const index = indexVectors(vectors, width, 'euclidean');
    const { labels, classes } = dataset;
    const weights = 'uniform';
    const { golden, scale } = neighbourGolden(
      index,
      samples,
      { labels, classes: classes.length, k, weights },
      model.input,
    );
    const { metrics: _, parameters: __, ...came } = model.provenance;
    const bytes = neighboursFile(model, {
      ...{ value, index, labels, classes, k, weights, scale, golden },
      provenance: { ...came, dataset: { name: dataset.name, digest: dataset.digest, images: dataset.length } },
      producerVersion: version,
    });
    return { bytes, width, what };
  } finally {
    await tapped.close();
  }
}
