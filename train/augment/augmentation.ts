import type { Random } from '../../runtime/common/index.js';

/** Height, width, channels. */
export type ImageShape = readonly [number, number, number];

/** Changes one uint8 image, `height * width * channels` bytes, as the random stream says: a pure function of both. */
export interface Augmentation {
  readonly name: string;
  /** Its settings, for run.json. */
  readonly settings: { readonly [name: string]: number };
  apply(image: Uint8Array, shape: ImageShape, random: Random): Uint8Array;
}
