/**
 * McNemar's test of two classifiers on the same images, exact: whether they are right equally often, given on how many images
 * only one of them is right. McNemar, "Note on the sampling error of the difference between correlated proportions or
 * percentages", Psychometrika 12 (1947); its exact form is the two-sided binomial test with p = 1/2 (Fagerland, Lydersen and
 * Laake, BMC Medical Research Methodology 13:91, 2013), which needs no approximation for many images either.
 * @param onlyFirst images that the first alone gets right
 * @param onlySecond images that the second alone gets right
 * @returns the p-value, 0..1
 */
export function mcnemar(onlyFirst: number, onlySecond: number): number {
  const total = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  if (onlyFirst === onlySecond) return 1;
  // Each term from the one after it, beginning with the largest, so that nothing overflows.
  let largest = -total * Math.LN2;
  for (let i = 1; i <= fewer; i++) largest += Math.log((total - fewer + i) / i);
  let [sum, term] = [1, 1];
  for (let i = fewer; i > 0 && term > 1e-18; i--) {
    term *= i / (total - i + 1);
    sum += term;
  }
  return Math.min(1, 2 * sum * Math.exp(largest));
}
