const side = 32;
const kept = 8;

/** `cosines[u * side + x]`: the discrete cosine transform's first rows (type II). */
const cosines = Float64Array.from({ length: kept * side }, (_, i) => {
  const [u, x] = [Math.floor(i / side), i % side];
  return Math.cos((Math.PI * u * (2 * x + 1)) / (2 * side));
});

/** The mean of the channels on a grid of 32 by 32, each cell the mean of the pixels in it. */
export function grayGrid(
  image: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
): Float64Array {
  const grid = new Float64Array(side * side);
  for (let row = 0; row < side; row++) {
    const [top, bottom] = [
      Math.floor((row * height) / side),
      Math.max(Math.floor((row * height) / side) + 1, Math.floor(((row + 1) * height) / side)),
    ];
    for (let column = 0; column < side; column++) {
      const left = Math.floor((column * width) / side);
      const right = Math.max(left + 1, Math.floor(((column + 1) * width) / side));
      let sum = 0;
      for (let y = top; y < bottom; y++) {
        for (let i = (y * width + left) * channels; i < (y * width + right) * channels; i++) sum += image[i]!;
      }
      grid[row * side + column] = sum / ((bottom - top) * (right - left) * channels);
    }
  }
  return grid;
}

/**
 * A perceptual hash of 64 bits: the 8 by 8 lowest frequencies of the image's cosine transform on a 32 by 32 grid, a bit each,
 * set where it is above their median. Nearly equal images differ in few bits. Zauner, "Implementation and benchmarking of
 * perceptual image hash functions" (2010), section 3.2.1.
 * @param image uint8 `[height, width, channels]`
 * @returns the high and the low 32 bits
 */
export function perceptualHash(image: Uint8Array, shape: readonly [number, number, number]): readonly [number, number] {
  const grid = grayGrid(image, shape);
  const rows = new Float64Array(side * kept);
  for (let y = 0; y < side; y++) {
    for (let u = 0; u < kept; u++) {
      let sum = 0;
      for (let x = 0; x < side; x++) sum += grid[y * side + x]! * cosines[u * side + x]!;
      rows[y * kept + u] = sum;
    }
  }
  const frequencies = new Float64Array(kept * kept);
  for (let v = 0; v < kept; v++) {
    for (let u = 0; u < kept; u++) {
      let sum = 0;
      for (let y = 0; y < side; y++) sum += rows[y * kept + u]! * cosines[v * side + y]!;
      frequencies[v * kept + u] = sum;
    }
  }
  // The mean brightness says nothing of what is in the image.
  frequencies[0] = 0;
  const sorted = frequencies.slice().sort();
  const median = (sorted[31]! + sorted[32]!) / 2;
  let [high, low] = [0, 0];
  for (let i = 0; i < 32; i++) {
    high = (high << 1) | (frequencies[i]! > median ? 1 : 0);
    low = (low << 1) | (frequencies[i + 32]! > median ? 1 : 0);
  }
  return [high >>> 0, low >>> 0];
}
