/** `[where in the list, how many]` of images that follow one another: one read, or one copy, for all of them. */
export function runs(indices: ArrayLike<number>): [start: number, count: number][] {
  const found: [number, number][] = [];
  for (let i = 0; i < indices.length; i++) {
    if (i > 0 && indices[i] === indices[i - 1]! + 1) found.at(-1)![1]++;
    else found.push([i, 1]);
  }
  return found;
}
