/** What each of the 256 values becomes: rounded, and clamped to 0..255. */
export function lookup(image: Uint8Array, value: (before: number) => number): Uint8Array {
  const table = new Uint8ClampedArray(256);
  for (let i = 0; i < 256; i++) table[i] = value(i);
  const result = new Uint8Array(image.length);
  for (let i = 0; i < image.length; i++) result[i] = table[image[i]!]!;
  return result;
}
