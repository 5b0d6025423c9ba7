import type { Dataset } from '../../data/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import type { Engine } from '../../runtime/engines/index.node.js';
import type { LoadedModel, Neighbours } from '../../runtime/model/index.js';
import { openTapped } from '../activations/index.js';
import { type EmbedOptions, embeddedBatches } from '../embeddings/index.js';
import { computeMetrics, type Metrics, type Scored, scored as scoredOf } from '../metrics/index.js';
import { alignLabels } from '../score/align-labels.js';
import { isNearTie } from './near-tie.js';

export interface NeighboursEvaluation {
  readonly neighbours: Neighbours;
  readonly scored: Scored;
  readonly metrics: Metrics;
  /** Images whose k-th and next neighbour are as far as float32 can tell: there another program may vote otherwise. */
  readonly nearTies: number;
  /** Images that the index holds: their nearest neighbour is at no distance. */
  readonly inIndex: number;
  /** Images whose first two classes have equally many votes; the first of them in the order of the labels wins. */
  readonly voteTies: number;
  readonly engine: { readonly name: string; readonly version: string; readonly device: string };
  readonly seconds: number;
  readonly notes: readonly string[];
}

/** @throws OnwardError kind `input` for a file that neighbours do not decide in */
export function requireNeighbours({ neighbours, name }: LoadedModel): Neighbours {
  if (neighbours) return neighbours;
  throw new OnwardError(
    'input',
    `${name}: expected a file of nearest neighbours, got a network; make one of it with onward knn fit`,
  );
}

/** Neighbours on labelled images: the metrics of any classifier, and how often rounding could have decided. */
export async function evaluateNeighbours(
  engine: Engine,
  model: LoadedModel,
  dataset: Dataset,
  { allowDifferent, ...options }: EmbedOptions & { readonly allowDifferent?: boolean | undefined } = {},
): Promise<NeighboursEvaluation> {
  const neighbours = requireNeighbours(model);
  const { k, images, scale } = neighbours;
  const { classes, labels, notes } = alignLabels(dataset, model);
  const values = images > k ? ['distances', 'next_distance'] : ['distances'];
  const tapped = await openTapped(engine, model, { values, allowDifferent });
  try {
    const count = classes.length;
    const probabilities = new Float32Array(dataset.length * count);
    let [nearTies, inIndex] = [0, 0];
    const began = performance.now();
    for await (const batch of embeddedBatches(tapped, model, dataset, options)) {
      probabilities.set(batch.probabilities, batch.start * count);
      const [next] = batch.others;
      for (let i = 0; i < batch.count; i++) {
        if (next && isNearTie(batch.vectors[i * k + k - 1]!, next[i]!)) nearTies++;
        if (batch.vectors[i * k]! <= 1e-6 * scale) inIndex++;
      }
    }
    const seconds = (performance.now() - began) / 1000;
    const scored = scoredOf(classes, labels, probabilities);
    let voteTies = 0;
    for (let i = 0; i < dataset.length; i++) {
      const row = probabilities.subarray(i * count, (i + 1) * count);
      const top = Math.max(...row);
      if (row.indexOf(top) !== row.lastIndexOf(top)) voteTies++;
    }
    return {
      ...{ neighbours, scored, metrics: computeMetrics(scored), nearTies, inIndex, voteTies, seconds },
      engine: { name: tapped.engine, version: tapped.version, device: tapped.device },
      notes: [
        ...notes,
        ...(inIndex > dataset.length / 100
          ? [`${inIndex} of the ${dataset.length} images are in the index themselves: what is measured is too good`]
          : []),
      ],
    };
  } finally {
    await tapped.close();
  }
}
