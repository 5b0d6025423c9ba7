/** The normal distribution's quantile at 0.975. */
export const z95 = 1.959963984540054;

/**
 * The interval of a share, after Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
 * the American Statistical Association 22 (1927): it stays within 0..1 and is right for shares near either end too.
 * @param correct 0..total
 * @param total at least 1
 * @returns low and high
 */
export function wilson(correct: number, total: number, z = z95): readonly [number, number] {
  const share = correct / total;
  const square = (z * z) / total;
  const middle = share + square / 2;
  const half = z * Math.sqrt((share * (1 - share)) / total + square / (4 * total));
  const clamp = (value: number) => Math.min(1, Math.max(0, value / (1 + square)));
  return [correct === 0 ? 0 : clamp(middle - half), correct === total ? 1 : clamp(middle + half)];
}
