import type { ImageSpec } from '../runtime/image/index.js';
import type { Dataset } from './dataset.js';

/** A file that is not in the dataset. */
export interface Skipped {
  /** Its path below the folder that was opened, with `/`. */
  readonly file: string;
  /** A whole sentence that names the file. */
  readonly reason: string;
}

/** What a source gives: the images, and the parts that it comes divided into. `splitDataset` cuts what is missing out of `train`. */
export interface OpenedSource {
  /** How messages and the model's provenance name it. */
  readonly name: string;
  readonly train: Dataset;
  readonly val?: Dataset;
  readonly test?: Dataset;
  readonly skipped: readonly Skipped[];
  /** Sentences for the person, none of which stops anything. */
  readonly notes: readonly string[];
}

/** Images that were just decoded and fitted. */
export interface DecodedImages {
  readonly length: number;
  /** uint8 `[length, height, width, channels]`; those of unreadable files, which the dataset will not have, are 0. */
  readonly pixels: Uint8Array;
  /** Where image `i` of these came from, as the dataset will say it. */
  origin(i: number): string;
}

export interface SourceOptions {
  /** Pixels of the images' sides; a source whose images have a fixed size refuses another. */
  readonly size?: number | { readonly width: number; readonly height: number };
  /** 1: gray, 3: colour. Default: 1 when every image is gray. */
  readonly channels?: 1 | 3;
  /** Default: `contain`. */
  readonly fit?: ImageSpec['fit'];
  /** Default: black. */
  readonly background?: ImageSpec['background'];
  /** An image that cannot be read is an error, where else it is skipped. Default: false. */
  readonly strict?: boolean;
  /** More pixels than this in one image are refused before decoding. Default: 64 million. */
  readonly maxPixels?: number;
  /** Worker threads that decode. Default: one a core. */
  readonly threads?: number;
  /** Bytes of images up to which they are kept in memory, where else they lie in a file in the cache. Default: 512 MiB. */
  readonly memory?: number;
  /**
   * Called with images as soon as they are decoded, in order; further ones are decoded meanwhile, a few hundred. Only where
   * files are decoded, and are not divided into parts: images that are at hand already can be had from the dataset.
   */
  readonly onImages?: (images: DecodedImages) => Promise<void>;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** One kind of thing that datasets come from: a file in `sources/`, listed in `sources/index.ts`. */
export interface Source {
  readonly name: string;
  /** Whether `spec`, what the person wrote, means this source. */
  matches(spec: string): Promise<boolean> | boolean;
  /** @throws OnwardError when there is no dataset to be had from it */
  open(spec: string, options: SourceOptions): Promise<OpenedSource>;
}
