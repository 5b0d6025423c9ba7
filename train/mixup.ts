import { type Random, random } from '../runtime/common/index.js';
import type { Batch } from './batches.js';

/** A batch whose images may each be a blend of two. */
export interface MixedBatch extends Batch {
  /** The other image's class, and the share, 0..1, of the first. */
  readonly mixed?: { readonly labels: Uint32Array; readonly share: number };
}

/** A draw from Beta(alpha, alpha), by Jöhnk's method: made for the small alphas that mixup has. */
function beta(stream: Random, alpha: number): number {
  for (;;) {
    const x = stream.next() ** (1 / alpha);
    const y = stream.next() ** (1 / alpha);
    // Both may be too small for a float where alpha is.
    if (x + y <= 1 && x + y > 0) return x / (x + y);
  }
}

/**
 * Blends each image of a batch with another of it, all with one share (Zhang et al., mixup, arXiv:1710.09412).
 * @param alpha of the Beta distribution that the share is drawn from; 0 leaves the batch as it is
 * @param seed what the draws come from
 */
export function mixup({ images, labels }: Batch, alpha: number, seed: readonly (number | string)[]): MixedBatch {
  if (alpha === 0 || labels.length < 2) return { images, labels };
  const stream = random(...seed);
  const drawn = beta(stream, alpha);
  // The larger share is the label's own image, so that "right" keeps a meaning while training.
  const share = Math.max(drawn, 1 - drawn);
  const partners = stream.permutation(labels.length);
  const size = images.length / labels.length;
  const blended = new Uint8Array(images.length);
  for (const [i, partner] of partners.entries()) {
    const [own, other] = [i * size, partner * size];
    for (let p = 0; p < size; p++) {
      blended[own + p] = Math.round(images[own + p]! * share + images[other + p]! * (1 - share));
    }
  }
  return { images: blended, labels, mixed: { labels: Uint32Array.from(partners, (i) => labels[i]!), share } };
}
