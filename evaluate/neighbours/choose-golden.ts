import { chooseGolden, encodeGolden, type GoldenText, type InputSpec } from '../../runtime/model/index.js';
import { type ExactIndex, exactNeighbours, exactVote } from './exact.js';

export interface GoldenCandidates {
  /** uint8 `[count, height, width, channels]` */
  readonly images: Uint8Array;
  /** float32 `[count, width]`, as the network gives them */
  readonly vectors: Float32Array;
  /** The class of each. */
  readonly labels: readonly number[];
}

export interface KnnVotes {
  readonly labels: ArrayLike<number>;
  readonly classes: number;
  readonly k: number;
  readonly weights: 'uniform' | 'distance';
}

/** The k-th and the next are this much apart, relative to them, so that no engine's rounding swaps them. */
const apart = 1e-3;

/**
 * Golden samples of a file of neighbours: computed here in float64 over the whole index, by other code than the graph. Images
 * whose k-th and next neighbour are nearly as far are left out, as one swapped vote moves a probability by 1/k.
 * @returns them (none where all are near-ties), and the usual distance to the k-th neighbour
 */
export function neighbourGolden(
  index: ExactIndex,
  { images, vectors, labels }: GoldenCandidates,
  votes: KnnVotes,
  input: InputSpec,
): { golden: GoldenText | undefined; scale: number } {
  const { k, classes } = votes;
  const { width } = index;
  const size = images.length / labels.length;
  const found = labels.map((_, i) => exactNeighbours(index, vectors.subarray(i * width, (i + 1) * width), k + 1));
  const last = found.map(({ distances }) => distances[k - 1]!).sort((a, b) => a - b);
  const scale = last[Math.floor(last.length / 2)] || 1;
  const clear = labels.flatMap((_, i) => {
    const { distances } = found[i]!;
    const [kth, next = Infinity] = [distances[k - 1]!, distances[k]];
    return next - kth > apart * next ? [i] : [];
  });
  if (clear.length === 0) return { golden: undefined, scale };
  const rows = clear.map((i) => exactVote(found[i]!, votes.labels, votes));
  const probabilities = Float32Array.from(rows.flatMap((row) => [...row]));
  const chosen = chooseGolden(
    clear.map((i) => labels[i]!),
    probabilities,
    classes,
  );
  const count = chosen.length;
  const samples = new Uint8Array(count * size);
  for (const [at, one] of chosen.entries()) {
    const image = clear[one]!;
    samples.set(images.subarray(image * size, (image + 1) * size), at * size);
  }
  const theirs = Float32Array.from(chosen.flatMap((one) => [...rows[one]!]));
  return { golden: encodeGolden({ kind: 'real', count, images: samples, probabilities: theirs }, input), scale };
}
