import type { Blend } from './mix.js';

/**
 * A box of another image, at the same place in all of the batch, whose middle may lie anywhere; the share is what is left
 * of the image (Yun et al., CutMix, arXiv:1905.04899).
 */
export const cutmix: Blend = (images, originals, partners, share, [height, width, channels], random) => {
  const side = Math.sqrt(1 - share);
  const [rows, columns] = [Math.round(height * side), Math.round(width * side)];
  const top = random.below(height) - (rows >> 1);
  const left = random.below(width) - (columns >> 1);
  const [from, to] = [Math.max(0, left), Math.min(width, left + columns)];
  const [first, end] = [Math.max(0, top), Math.min(height, top + rows)];
  const size = height * width * channels;
  for (const [i, partner] of partners.entries()) {
    for (let y = first; y < end; y++) {
      const row = y * width;
      const cut = originals.subarray(partner * size + (row + from) * channels, partner * size + (row + to) * channels);
      images.set(cut, i * size + (row + from) * channels);
    }
  }
  return 1 - ((end - first) * (to - from)) / (height * width);
};
