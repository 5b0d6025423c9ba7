/** @throws RangeError naming the first index outside 0..length-1 */
export function checkIndices(indices: ArrayLike<number>, length: number, name: string): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw new RangeError(`expected image numbers from 0 to ${length - 1} of ${name}, got ${index}`);
    }
  }
}
