import type { Scored } from './scored.js';

/**
 * Cohen's kappa: how far beyond chance truth and prediction agree, at most 1; null where chance alone would always agree.
 * Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960).
 */
export function kappa({ classes, labels, confusion, support, called }: Scored): number | null {
  const total = labels.length;
  let [agree, chance] = [0, 0];
  for (let c = 0; c < classes.length; c++) {
    agree += confusion[c * classes.length + c]! / total;
    chance += (support[c]! / total) * (called[c]! / total);
  }
  return chance === 1 ? null : (agree - chance) / (1 - chance);
}
