import { OnwardError, random } from '../../../runtime/common/index.js';
import { nearestOfEach } from './nearest.js';

export interface EmbeddingMapOptions {
  readonly seed?: number;
  /** Default: 15. */
  readonly neighbours?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Fewer points are no map. */
export const leastPoints = 5;

/**
 * Vectors in the plane, near ones near each other: UMAP (McInnes, Healy and Melville 2018, arXiv:1802.03426) of `umap-js`, from
 * exact neighbours; the same seed gives the same map. Distances between far groups mean little.
 * @param vectors float32 `[count, width]`, at least `leastPoints`
 * @returns float64 `[count, 2]`, each axis from 0 to 1
 */
export async function embeddingMap(
  vectors: Float32Array,
  width: number,
  { seed = 1, neighbours = 15, signal, onProgress }: EmbeddingMapOptions = {},
): Promise<Float64Array> {
  const count = vectors.length / width;
  // Points of a group lie apart, so that each can be pointed at.
  const minDist = 0.5;
  const nNeighbors = Math.min(neighbours, count - 1);
  const { indices, distances } = nearestOfEach(vectors, width, nNeighbors);
  // When it is needed: other verbs start without it.
  const { UMAP } = await import('umap-js');
  const umap = new UMAP({ nNeighbors, minDist, random: random('map', seed).next });
  umap.setPrecomputedKNN(indices, distances);
  // The vectors themselves are asked for their number alone, as neighbours are known.
  const epochs = umap.initializeFit(Array.from({ length: count }, () => [0]));
  for (let epoch = 0; epoch < epochs; epoch++) {
    umap.step();
    if (epoch % 20 > 0) continue;
    if (signal?.aborted) throw new OnwardError('interrupted', 'stopped before the map was drawn');
    onProgress?.(epoch, epochs);
    await new Promise(setImmediate);
  }
  const points = umap.getEmbedding();
  const result = new Float64Array(count * 2);
  for (const axis of [0, 1]) {
    const values = points.map((point) => point[axis]!);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    for (const [i, value] of values.entries()) result[i * 2 + axis] = high > low ? (value - low) / (high - low) : 0.5;
  }
  return result;
}
