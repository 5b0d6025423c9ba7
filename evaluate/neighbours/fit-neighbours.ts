import type { Dataset } from '../../data/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import type { Engine } from '../../runtime/engines/index.node.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import { embeddingOf, openTapped } from '../activations/index.js';
import type { EmbedOptions } from '../embeddings/index.js';
import { fittedTo } from '../score/fitted.js';
import { goldenCandidates } from './candidates.js';
import { type KnnVotes, neighbourGolden } from './choose-golden.js';
import { collectVectors } from './collect-vectors.js';
import type { ExactIndex } from './exact.js';

export interface FitNeighboursOptions<I extends ExactIndex> extends EmbedOptions, Pick<KnnVotes, 'k' | 'weights'> {
  /** Among which neighbours are looked for. */
  readonly images: Dataset;
  /** Best ones that the network was not trained on: golden samples are chosen among them. */
  readonly others: Dataset;
  /** What describes an image. Default: as `embeddingOf` has it. */
  readonly layer?: string | undefined;
  readonly seed: number;
  /** From `indexVectors` of the exporter. @param vectors float32 `[images, width]` */
  readonly toIndex: (vectors: Float32Array, width: number) => I;
  readonly allowDifferent?: boolean | undefined;
}

/**
 * What a file of neighbours is made of: the vectors that a layer gives of labelled images as an index, and golden samples.
 * @throws OnwardError kind `usage` for a k above the number of images, or a layer that is not there; `input` for more than an ONNX file
 *   holds, and for numbers that are none
 */
export async function fitNeighbours<I extends ExactIndex>(
  engine: Engine,
  model: LoadedModel,
  { images, others, layer, k, weights, seed, toIndex, allowDifferent, ...options }: FitNeighboursOptions<I>,
) {
  if (k > images.length) {
    throw new OnwardError(
      'usage',
      `-k: expected at most as many neighbours as there are images in the index, ${images.length}, got ${k}`,
    );
  }
  const { value, what } = embeddingOf(model, layer);
  const tapped = await openTapped(engine, model, { values: [value], allowDifferent });
  try {
    const dataset = fittedTo(images, model.input);
    const vectors = await collectVectors(tapped, model, dataset, options);
    const width = vectors.length / dataset.length;
    const { batch, signal } = options;
    // Classes that the index does not have cannot be among its labels.
    const candidates = others.classes.join() === images.classes.join() ? others : images;
    const samples = await goldenCandidates(tapped, model, candidates, { seed, batch, signal });
    const index = toIndex(vectors, width);
    const { labels, classes } = dataset;
    const votes = { labels, classes: classes.length, k, weights };
    const { golden, scale } = neighbourGolden(index, samples, votes, model.input);
    return { value, what, width, index, labels, classes, k, weights, scale, golden };
  } finally {
    await tapped.close();
  }
}
