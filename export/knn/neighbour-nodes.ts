import type { IndexVectors } from './index-vectors.js';
import type { NodeWriter } from './nodes.js';

/**
 * So many more candidates than neighbours are taken by rounded distances before they are compared exactly. A neighbour is
 * lost only where more vectors than this lie between it and the k-th within the rounding of float32.
 */
export const spare = 16;

export interface Found {
  /** float32 `[N, k]`, nearest first. */
  readonly distances: string;
  /** int64 `[N, k]`: rows of the index. */
  readonly neighbours: string;
  /** float32 `[N, 1]`: the distance to the one after the k-th; undefined where the index has no more. */
  readonly next: string | undefined;
}

/** This and smaller is no distance: its inverse overflows float32. */
const nothing = 1e-37;

/**
 * Nodes from vectors to their nearest neighbours in an index. All squared distances come out of one product, less what is the
 * same for all (|b|² - 2ab of centred vectors: one `Gemm`); the nearest by those are then measured by their differences,
 * which loses no digits, and ordered again.
 * @param value float32 `[N, width]`
 */
export function neighbourNodes(writer: NodeWriter, value: string, index: IndexVectors, k: number): Found {
  const { node, pair, floats, integers, sum, unsqueeze } = writer;
  const { metric, width, count, matrix, centre, squares, zeros } = index;
  const [vectors, isZero] = metric === 'cosine' ? unitVectors(writer, value) : [value, undefined];
  const query = node('Sub', [vectors, floats('knn/centre', [width], centre)]);
  const rows = floats('knn/index', [count, width], matrix);
  const bias = zeros ? squares.map((square, i) => square + zeros[i]!) : squares;
  const rough = node('Gemm', [query, rows, floats('knn/squares', [count], bias)], { alpha: -2, beta: 1, transB: 1 });
  const candidates = Math.min(count, k + 1 + spare);
  const smallest = { axis: 1, largest: 0, sorted: 1 };
  const [, places] = pair('TopK', [rough, integers('knn/candidates', [candidates])], smallest);

  const difference = node('Sub', [node('Gather', [rows, places], { axis: 0 }), unsqueeze(query, 1)]);
  let exact = sum(node('Mul', [difference, difference]), 2, false);
  // A vector without direction is as far from all as one at a right angle: cosine distance 1, twice that when squared.
  if (zeros) exact = node('Add', [exact, node('Gather', [floats('knn/zeros', [count], zeros), places], { axis: 0 })]);
  if (isZero) exact = node('Add', [exact, isZero]);
  const most = Math.min(count, k + 1);
  const [squared, order] = pair('TopK', [exact, integers('knn/most', [most])], smallest);
  const found = node('GatherElements', [places, order], { axis: 1 });
  const far =
    metric === 'cosine'
      ? node('Mul', [squared, floats('knn/half', [], Float32Array.of(0.5))])
      : node('Sqrt', [squared]);
  const first = integers(
    'knn/first',
    Array.from({ length: k }, (_, i) => i),
  );
  return {
    distances: node('Gather', [far, first], { axis: 1 }, 'distances'),
    neighbours: node('Gather', [found, first], { axis: 1 }, 'neighbours'),
    next: most > k ? node('Gather', [far, integers('knn/after', [k])], { axis: 1 }, 'next_distance') : undefined,
  };
}

/** Vectors of length one, and `[N, 1]` with 1 where there is none to be had. */
function unitVectors({ node, floats, sum }: NodeWriter, value: string): [string, string] {
  const squared = sum(node('Mul', [value, value]), 1, true);
  const isZero = node('Cast', [node('Equal', [squared, floats('knn/nothing', [], Float32Array.of(0))])], { to: 1 });
  // Zeros are divided by one.
  const length = node('Add', [node('Sqrt', [squared]), isZero]);
  return [node('Div', [value, length]), isZero];
}

/**
 * Nodes from neighbours to probabilities: the share of the votes that each class has, `[N, classes]`. With `distance` a vote
 * weighs 1 / distance, and where a neighbour has none only those without count, as in scikit-learn.
 * @param labels int64 `[count]`: the class of each row of the index
 */
export function voteNodes(
  writer: NodeWriter,
  { distances, neighbours }: Found,
  labels: readonly number[],
  { classes, k, weights }: { classes: number; k: number; weights: 'uniform' | 'distance' },
): string {
  const { node, floats, integers, sum, unsqueeze } = writer;
  const theirs = node('Gather', [integers('knn/labels', labels), neighbours], { axis: 0 });
  const each = node('OneHot', [
    theirs,
    integers('knn/classes', [classes]),
    floats('knn/off on', [2], Float32Array.of(0, 1)),
  ]);
  if (weights === 'uniform') {
    // Sums of ones: equal votes are equal numbers.
    return node('Div', [sum(each, 1, false), floats('knn/k', [], Float32Array.of(k))], {}, 'probabilities');
  }
  const isNone = node('Less', [distances, floats('knn/least', [], Float32Array.of(nothing))]);
  const ones = node('Cast', [isNone], { to: 1 });
  const some = node('Greater', [sum(ones, 1, true), floats('knn/zero', [], Float32Array.of(0))]);
  const weight = node('Where', [some, ones, node('Reciprocal', [distances])]);
  const votes = sum(node('Mul', [each, unsqueeze(weight, 2)]), 1, false);
  return node('Div', [votes, sum(weight, 1, true)], {}, 'probabilities');
}
