import type { Scored } from './scored.js';

/** The mean of -ln p of the true class, in nats. Probabilities are kept within 2^-52 and 1 - 2^-52, as scikit-learn does. */
export function logLoss({ classes, labels, probabilities }: Scored): number {
  const least = Number.EPSILON;
  let sum = 0;
  for (let image = 0; image < labels.length; image++) {
    const label = labels[image]!;
    const p = probabilities[image * classes.length + label]!;
    sum -= Math.log(Math.min(1 - least, Math.max(least, p)));
  }
  return sum / labels.length;
}
