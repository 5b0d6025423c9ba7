/** Labelled images: where they come from, and how they are divided. */
export { concat } from './concat.js';
export type { Dataset, Split } from './dataset.js';
export { type Description, describe } from './describe.js';
export { digestOf } from './digest.js';
export { createDecoder, type DecodeFilesOptions, type Decoder } from './folder/decode-files.js';
export { imageGrid } from './grid.js';
export { type MemoryOptions, memoryDataset } from './memory.js';
export { naturalOrder } from './natural-order.js';
export { openSource } from './open.js';
export { contactSheet, type SheetOptions } from './sheet.js';
export { someOfEachClass } from './some-of-each-class.js';
export type { OpenedSource, Skipped, Source, SourceOptions } from './source.js';
export { sources } from './sources/index.js';
export { type SplitOptions, splitAs, splitDataset } from './split.js';
export { writeSplitFile } from './split-file.js';
export { subset } from './subset.js';
export { wholeOf } from './whole.js';
export { orderChanges, type WriteFolderOptions, writeImageFolder } from './write-folder.js';
