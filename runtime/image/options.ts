/** 64 megapixels: 256 MB once decoded, more than any phone's photograph. */
export const defaultMaxPixels = 64_000_000;

/** What a JPEG can have at most. Longer strips exist as PNG only, and scaling them takes memory out of all proportion. */
export const maxSide = 65_535;

export interface DecodeOptions {
  /** How messages name the image: a file's name. Default: `the image`. */
  readonly name?: string;
  /** More pixels than this are refused before anything is decoded. Default: 64 million. */
  readonly maxPixels?: number;
}
