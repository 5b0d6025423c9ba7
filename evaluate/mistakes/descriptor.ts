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

/** How many numbers a descriptor has. */
export const descriptorLength = kept * kept;

/**
 * What an image looks like from afar, whatever its brightness and contrast: the 8 by 8 lowest frequencies of its cosine
 * transform on a 32 by 32 grid (those that perceptual hashes are made of: Zauner, "Implementation and benchmarking of
 * perceptual image hash functions", 2010, section 3.2.1), but the mean, as a vector of length 127, rounded.
 * @param image uint8 `[height, width, channels]`
 * @param out int8, where the 64 numbers go; all 0 for a flat image
 */
export function describeInto(image: Uint8Array, shape: readonly [number, number, number], out: Int8Array): void {
  const grid = grayGrid(image, shape);
  const rows = new Float64Array(side * kept);
  for (let y = 0; y < side; y++) {
    for (let u = 0; u < kept; u++) {
      let sum = 0;
      for (let x = 0; x < side; x++) sum += grid[y * side + x]! * cosines[u * side + x]!;
      rows[y * kept + u] = sum;
    }
  }
  const frequencies = new Float64Array(descriptorLength);
  let square = 0;
  // The first is the mean brightness, which says nothing of what is in the image.
  for (let i = 1; i < descriptorLength; i++) {
    const [v, u] = [Math.floor(i / kept), i % kept];
    let sum = 0;
    for (let y = 0; y < side; y++) sum += rows[y * kept + u]! * cosines[v * side + y]!;
    frequencies[i] = sum;
    square += sum * sum;
  }
  const scale = square > 1e-6 ? 127 / Math.sqrt(square) : 0;
  for (let i = 0; i < descriptorLength; i++) out[i] = Math.round(frequencies[i]! * scale);
}
