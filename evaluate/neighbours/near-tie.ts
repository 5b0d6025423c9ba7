/** What rounding may make of a distance, relative to it: float32 sums of squares of as many numbers as networks give. */
export const rounding = 2e-6;

/** Whether the k-th and the next neighbour are as far as rounding can tell, so that either may have the vote. */
export const isNearTie = (last: number, next: number): boolean => next - last <= rounding * Math.max(next, 1e-30);
