/**
 * A setting that lies in its range.
 * @throws RangeError that names it
 */
export function within(what: string, value: number, low: number, high: number): number {
  if (value >= low && value <= high) return value;
  throw new RangeError(`expected ${what} to be from ${low} to ${high}, got ${value}`);
}

/** Two numbers, the smaller one first, both in a range. */
export function span(what: string, value: readonly [number, number], low: number, high: number): void {
  if (value.length === 2 && value[0] >= low && value[1] <= high && value[0] <= value[1]) return;
  throw new RangeError(
    `expected ${what} to be two rising numbers from ${low} to ${high}, got ${JSON.stringify(value)}`,
  );
}
