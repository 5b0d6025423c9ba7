import type { Batch } from './batches.js';

export interface TargetOptions {
  readonly classes: number;
  /** What of the truth is spread evenly over all classes, 0..1. */
  readonly labelSmoothing: number;
  /** What a mistake costs in each class. Default: the same in all. */
  readonly classWeights?: readonly number[] | undefined;
}

export interface Targets {
  /** Each image's true probabilities, `[N, classes]`. */
  readonly probabilities: Float32Array;
  /** What each image's loss counts in the batch's, `[N]`: the mean over the images that count at all. */
  readonly costs: Float32Array;
}

/** What a network is to learn of a batch: made here, as it is little, where an operation would cost more than its work. */
export function targetsOf({ labels, mixed }: Pick<Batch, 'labels' | 'mixed'>, options: TargetOptions): Targets {
  const { classes, labelSmoothing, classWeights } = options;
  const probabilities = new Float32Array(labels.length * classes).fill(labelSmoothing / classes);
  const costs = new Float32Array(labels.length);
  for (const [i, label] of labels.entries()) {
    const parts: [number, number][] = mixed
      ? [
          [label, mixed.share],
          [mixed.labels[i]!, 1 - mixed.share],
        ]
      : [[label, 1]];
    for (const [of, share] of parts) {
      probabilities[i * classes + of]! += (1 - labelSmoothing) * share;
      costs[i]! += share * (classWeights?.[of] ?? 1);
    }
  }
  const counting = costs.reduce((sum, cost) => sum + Number(cost !== 0), 0);
  return { probabilities, costs: costs.map((cost) => cost / Math.max(1, counting)) };
}

/** How many rows of `scores` are highest at their label. @param scores `[labels.length, classes]` */
export function countCorrect(scores: Float32Array, labels: Uint32Array): number {
  const classes = scores.length / labels.length;
  let correct = 0;
  for (const [i, label] of labels.entries()) {
    const row = scores.subarray(i * classes, (i + 1) * classes);
    correct += Number(row.indexOf(Math.max(...row)) === label);
  }
  return correct;
}
