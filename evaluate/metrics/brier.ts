import type { Scored } from './scored.js';

/**
 * The mean squared distance of the probabilities from the truth, 0..2: Brier, "Verification of forecasts expressed in terms of
 * probability", Monthly Weather Review 78 (1950).
 */
export function brier({ classes, labels, probabilities }: Scored): number {
  let sum = 0;
  for (let image = 0; image < labels.length; image++) {
    const label = labels[image]!;
    for (let c = 0; c < classes.length; c++) {
      sum += (probabilities[image * classes.length + c]! - (c === label ? 1 : 0)) ** 2;
    }
  }
  return sum / labels.length;
}
