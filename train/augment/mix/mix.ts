import type { Random } from '../../../runtime/common/index.js';
import type { ImageShape } from '../augmentation.js';

/**
 * How to blend each image of a batch with another of it, by the alpha of the Beta(alpha, alpha) that the share is drawn
 * from; 0: not at all. With both, each batch draws one of them.
 */
export interface Mix {
  /** Two images laid over each other. */
  readonly mixup: number;
  /** A box of one in the other. */
  readonly cutmix: number;
}

/** What a mixed batch is: image i is `share` of itself and the rest image `partners[i]` of the batch as it was. */
export interface Mixed {
  readonly partners: Uint32Array;
  /** 0.5..1, but for the rounding of a box: the larger part is the image's own, so that "right" keeps a meaning while training. */
  readonly share: number;
}

/**
 * One way to blend a batch, in place: the images are still uint8 and as they were decoded, so that preprocessing sees what it
 * always sees. Blends are rounded, by half a grey level at most.
 * @param originals the batch as it was
 * @param share the wish, 0.5..1
 * @returns the share that it has become
 */
export type Blend = (
  images: Uint8Array,
  originals: Uint8Array,
  partners: Uint32Array,
  share: number,
  shape: ImageShape,
  random: Random,
) => number;
