export interface Agreement {
  /** Both name the same class. */
  readonly sameLabel: boolean;
  /** max |Δp| over the classes. */
  readonly maxAbsDiff: number;
}

/** Two engines' probabilities for the same image, in class order. */
export function agreementOf(a: ArrayLike<number>, b: ArrayLike<number>): Agreement {
  let maxAbsDiff = a.length === b.length ? 0 : Infinity;
  for (let i = 0; i < a.length; i++) maxAbsDiff = Math.max(maxAbsDiff, Math.abs(a[i]! - (b[i] ?? Infinity)));
  return { sameLabel: largest(a) === largest(b), maxAbsDiff };
}

export function largest(values: ArrayLike<number>): number {
  let index = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[index]!) index = i;
  return index;
}
