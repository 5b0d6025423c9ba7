import type { Blend } from './mix.js';

/** Two images laid over each other (Zhang et al., mixup, arXiv:1710.09412). */
export const mixup: Blend = (images, originals, partners, share, [height, width, channels]) => {
  const size = height * width * channels;
  for (const [i, partner] of partners.entries()) {
    const [own, other] = [i * size, partner * size];
    for (let p = 0; p < size; p++)
      images[own + p] = originals[own + p]! * share + originals[other + p]! * (1 - share) + 0.5;
  }
  return share;
};
