import { random } from 'onward/common';
import { type Dataset, memoryDataset, type Split, splitDataset } from 'onward/data';

/**
 * Small gray images that a small network learns in seconds: class 0 has a bright left half, 1 a bright right half, 2 a
 * bright top, with noise over everything.
 */
export function stripes(count: number, seed = 1, side = 12): Dataset {
  const stream = random('stripes', seed);
  const labels = Array.from({ length: count }, (_, i) => i % 3);
  const pixels = new Uint8Array(count * side * side);
  for (const [i, label] of labels.entries()) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const bright = label === 0 ? x < side / 2 : label === 1 ? x >= side / 2 : y < side / 2;
        pixels[(i * side + y) * side + x] = (bright ? 150 : 60) + stream.below(80);
      }
    }
  }
  return memoryDataset({
    name: 'stripes',
    spec: { width: side, height: side, channels: 1, fit: 'contain', background: [0, 0, 0] },
    classes: ['left', 'right', 'top'],
    labels,
    pixels,
  });
}

export const stripesSplit = (count: number): Split =>
  splitDataset({ train: stripes(count) }, { seed: 1, val: 0.2, test: 0.2 });
