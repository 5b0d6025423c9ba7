/** Labelled images: where they come from, and how they are divided. */
export { concat } from './concat.js';
export type { Dataset, Split } from './dataset.js';
export { digestOf } from './digest.js';
export { createDecoder, type DecodeFilesOptions, type Decoder } from './folder/decode-files.js';
export { type MemoryOptions, memoryDataset } from './memory.js';
export { naturalOrder } from './natural-order.js';
export { openSource } from './open.js';
export type { OpenedSource, Skipped, Source, SourceOptions } from './source.js';
export { sources } from './sources/index.js';
export { type SplitOptions, splitDataset } from './split.js';
export { subset } from './subset.js';
export { wholeOf } from './whole.js';
