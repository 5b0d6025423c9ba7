import type { ImageSpec } from '../runtime/image/index.js';

/**
 * Labelled images, as everything above this folder sees them. Nobody sees the whole array: images come in batches, so
 * that a dataset may lie in memory, in a mapped file or in a folder.
 */
export interface Dataset {
  /** How messages name it: `mnist`, or the folder's path. */
  readonly name: string;
  /** How many images. */
  readonly length: number;
  /** Height, width, channels of every image. */
  readonly shape: readonly [number, number, 1 | 3];
  /** How the images were fitted to that shape: what the exported model asks of every other image. */
  readonly spec: ImageSpec;
  /** The classes' names, in the order of the model's outputs. */
  readonly classes: readonly string[];
  /** The class of every image, as an index into `classes`. */
  readonly labels: Uint32Array;
  /**
   * Images with the same number belong together (photographs of one series, digits of one house number): a split keeps
   * them on one side. An image on its own has a number that no other has.
   */
  readonly groups: Uint32Array;
  /** sha256 over classes, labels and content, as `digestOf` defines it: 64 hex digits. The images' order does not matter. */
  readonly digest: string;
  /**
   * `indices.length * height * width * channels` bytes, NHWC, in the order of `indices`; an index may come twice.
   * @throws RangeError (the promise) for an index outside 0..length-1
   */
  batch(indices: ArrayLike<number>): Promise<Uint8Array>;
  /**
   * `count` images from `start` on as they lie in memory, not copied: nobody may write to them, or give their memory away.
   * Undefined where they do not lie side by side, or not in memory; absent where they never do.
   * @throws RangeError for images outside 0..length-1
   */
  view?(start: number, count: number): Uint8Array | undefined;
  /** Where image `index` came from (a file's path), for people. */
  origin(index: number): string;
  /** sha256 of the image's bytes, as 64 hex digits: what the digest is made of, and what finds duplicates. */
  fingerprint(index: number): string;
}

/** The parts of a dataset. `test` is looked at once, at the end. */
export interface Split {
  readonly train: Dataset;
  readonly val: Dataset;
  readonly test: Dataset;
}
