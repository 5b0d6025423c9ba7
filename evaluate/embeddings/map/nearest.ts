/**
 * The nearest of each vector among all, itself first: what UMAP begins with, exact.
 * @param vectors float32 `[count, width]`
 */
export function nearestOfEach(
  vectors: Float32Array,
  width: number,
  neighbours: number,
): { indices: number[][]; distances: number[][] } {
  const count = vectors.length / width;
  const squares = new Float64Array(count * count);
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      let sum = 0;
      for (let i = a * width, j = b * width; i < (a + 1) * width; i++, j++) sum += (vectors[i]! - vectors[j]!) ** 2;
      squares[a * count + b] = sum;
      squares[b * count + a] = sum;
    }
  }
  const indices = Array.from({ length: count }, (_, a) => {
    const row = squares.subarray(a * count, (a + 1) * count);
    return Array.from({ length: count }, (_, b) => b)
      .sort((b, c) => Number(c === a) - Number(b === a) || row[b]! - row[c]! || b - c)
      .slice(0, neighbours);
  });
  return { indices, distances: indices.map((near, a) => near.map((b) => Math.sqrt(squares[a * count + b]!))) };
}
