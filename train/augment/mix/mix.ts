import type { Random } from '../../../runtime/common/index.js';
import type { ImageShape } from '../augmentation.js';

/** Blends each image of a batch with another of it; plain data, in the recipe and in run.json. */
export interface Mix {
  readonly kind: 'mixup' | 'cutmix';
  /** The share of an image's own is drawn from Beta(alpha, alpha), above 0, to 10. */
  readonly alpha: number;
  /** Share of the batches, 0..1. Default: 1. */
  readonly probability?: number;
}

/** What a mixed batch is: image i is `share` of itself and the rest image `partners[i]` of the batch as it was. */
export interface Mixed {
  readonly partners: Uint32Array;
  /** 0.5..1: the larger part is always the image's own, so that "right" keeps a meaning while training. */
  readonly share: number;
}

/**
 * One way to blend a batch, in place: the images are still uint8 and as they were decoded, so that preprocessing sees what it
 * always sees. Blends are rounded, by less than half a grey level.
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
