import type { Scored } from './scored.js';

export interface ClassScores {
  readonly name: string;
  /** Images of this class. */
  readonly support: number;
  /** Images that were called so. */
  readonly predicted: number;
  readonly correct: number;
  /** Of those called so the share that is; null where none was. */
  readonly precision: number | null;
  /** Of its images the share that was called so; null where it has none. */
  readonly recall: number | null;
  /** The harmonic mean of the two; null where it has no image and was never predicted. */
  readonly f1: number | null;
}

/** Precision, recall and F1 of each class. */
export function perClass({ classes, confusion, support, called }: Scored): readonly ClassScores[] {
  return classes.map((name, c) => {
    const [correct, own, predicted] = [confusion[c * classes.length + c]!, support[c]!, called[c]!];
    return {
      ...{ name, support: own, predicted, correct },
      precision: predicted > 0 ? correct / predicted : null,
      recall: own > 0 ? correct / own : null,
      f1: own + predicted > 0 ? (2 * correct) / (own + predicted) : null,
    };
  });
}
