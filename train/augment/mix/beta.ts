import type { Random } from '../../../runtime/common/index.js';

/** A draw from Beta(alpha, alpha), alpha above 0: two draws from Gamma(alpha), the first as a share of both. */
export function beta(alpha: number, random: Random): number {
  const [a, b] = [gamma(alpha, random), gamma(alpha, random)];
  // Both may be too small for a float where alpha is: then the distribution is all but a coin's.
  return a + b > 0 ? a / (a + b) : Number(random.next() < 0.5);
}

/** Marsaglia & Tsang, A simple method for generating gamma variables (2000); for alpha below 1 by way of alpha + 1. */
function gamma(alpha: number, random: Random): number {
  if (alpha < 1) return gamma(alpha + 1, random) * (1 - random.next()) ** (1 / alpha);
  const d = alpha - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    // Box and Muller; 1 - next() is never 0.
    const x = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
