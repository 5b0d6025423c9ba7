import type { Random } from '../../runtime/common/index.js';

/** Height, width, channels. */
export type ImageShape = readonly [number, number, number];

/** Plain data: it stands in run.json, and a worker thread makes the augmentation anew from it. */
export type Settings = { readonly [name: string]: number | string | readonly number[] };

/** Changes one uint8 image of any size with 1 or 3 channels. */
export interface Augmentation {
  readonly name: string;
  /** All of them, those left out by their defaults. */
  readonly settings: Settings;
  /**
   * Where a worker thread finds the function that makes it: the URL of a module (`import.meta.url`) that exports, under
   * `name`, a function from `settings` to this augmentation. Left out, it runs in the main thread.
   */
  readonly source?: string;
  /**
   * A pure function of its arguments: it writes nothing to `image`, and returns that very array where nothing changes.
   * @param image uint8 `[height, width, channels]`
   * @param random everything that is drawn comes from here
   * @returns uint8 of the same shape
   */
  apply(image: Uint8Array, shape: ImageShape, random: Random): Uint8Array;
}
