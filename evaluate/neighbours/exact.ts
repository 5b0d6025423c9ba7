/** Vectors that queries are compared with, less their mean; `IndexVectors` of the exporter. */
export interface ExactIndex {
  readonly metric: 'euclidean' | 'cosine';
  readonly width: number;
  readonly count: number;
  /** float32 `[count, width]` */
  readonly matrix: Float32Array;
  /** float32 `[width]` */
  readonly centre: Float32Array;
  /** 1 for vectors that have no direction. */
  readonly zeros: Float32Array | undefined;
}

export interface ExactNeighbours {
  /** Rows of the index, nearest first; of equal ones the first. One more than votes, where there is one. */
  readonly rows: readonly number[];
  /** float64, of each. */
  readonly distances: readonly number[];
}

/**
 * The nearest vectors by the sum of squared differences, each in float64: what the graph's quicker way has to come to.
 * @param vector float32 `[width]`, as the network gives it
 * @param most how many
 */
export function exactNeighbours(index: ExactIndex, vector: Float32Array, most: number): ExactNeighbours {
  const { metric, width, count, matrix, centre, zeros } = index;
  const length = metric === 'cosine' ? Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0)) : 1;
  const query = Float64Array.from(vector, (x, i) => x / (length || 1) - centre[i]!);
  const isZero = length === 0 ? 1 : 0;
  const best: { row: number; square: number }[] = [];
  let last = Infinity;
  for (let row = 0, at = 0; row < count; row++) {
    let square = metric === 'cosine' ? isZero + (zeros?.[row] ?? 0) : 0;
    for (let column = 0; column < width; column++, at++) {
      const difference = query[column]! - matrix[at]!;
      square += difference * difference;
    }
    if (best.length === most && square >= last) continue;
    let place = best.length;
    while (place > 0 && best[place - 1]!.square > square) place--;
    best.splice(place, 0, { row, square });
    if (best.length > most) best.pop();
    last = best.at(-1)!.square;
  }
  return {
    rows: best.map(({ row }) => row),
    distances: best.map(({ square }) => (metric === 'cosine' ? square / 2 : Math.sqrt(square))),
  };
}

/**
 * What the k nearest say, as the graph counts it: a share of the votes a class.
 * @returns float32 `[classes]`
 */
export function exactVote(
  { rows, distances }: ExactNeighbours,
  labels: ArrayLike<number>,
  { classes, k, weights }: { classes: number; k: number; weights: 'uniform' | 'distance' },
): Float32Array {
  const votes = new Float64Array(classes);
  const near = rows.slice(0, k);
  const hasNone = distances.slice(0, k).some((distance) => distance < 1e-37);
  let total = 0;
  for (const [i, row] of near.entries()) {
    const distance = distances[i]!;
    const vote = weights === 'uniform' ? 1 : hasNone ? Number(distance < 1e-37) : 1 / distance;
    votes[labels[row]!]! += vote;
    total += vote;
  }
  return Float32Array.from(votes, (vote) => vote / total);
}
