export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** @param values at least one */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { min: sorted[0]!, median, max: sorted.at(-1)! };
}

export interface Ratio {
  /** Of the medians. */
  readonly medians: number;
  /** Of the two samples of one round: the smallest and the largest. Load that comes and goes falls on both. */
  readonly min: number;
  readonly max: number;
  /** The middle half of the rounds lies between these. */
  readonly lower: number;
  readonly upper: number;
}

/**
 * How many times as fast ours is: above 1 where the other takes longer.
 * @param ours a sample a round
 * @param other of the same rounds
 */
export function timesAsFast(ours: readonly number[], other: readonly number[]): Ratio {
  const ratios = other.map((time, round) => time / ours[round]!).sort((a, b) => a - b);
  const { min, max } = spread(ratios);
  const quarter = Math.floor((ratios.length - 1) / 4);
  return {
    medians: spread(other).median / spread(ours).median,
    min,
    max,
    lower: ratios[quarter]!,
    upper: ratios[ratios.length - 1 - quarter]!,
  };
}

/** Whether ours is so many times as fast: where the middle half of the rounds lies on both sides of it, this run cannot tell. */
export const verdictOf = ({ medians, lower, upper }: Ratio, wanted: number): 'met' | 'missed' | 'unclear' => {
  if (lower < wanted && wanted < upper) return 'unclear';
  return medians >= wanted ? 'met' : 'missed';
};

/** `1.31 (half of the rounds 1.24-1.40)`. */
export const ratioText = ({ medians, lower, upper }: Ratio, digits = 2): string =>
  `${medians.toFixed(digits)} (half of the rounds ${lower.toFixed(digits)}-${upper.toFixed(digits)})`;

/** Whether all rounds stayed below a limit, some, or none. */
export const verdictBelow = ({ min, max }: Spread, limit: number): 'met' | 'missed' | 'unclear' =>
  max < limit ? 'met' : min < limit ? 'unclear' : 'missed';

/** `14.2 ms (13.9-15.0)`: the median, the least and the most. */
export const spreadText = ({ min, median, max }: Spread, unit: string, digits = 0): string =>
  `${median.toFixed(digits)} ${unit} (${min.toFixed(digits)}-${max.toFixed(digits)})`;
