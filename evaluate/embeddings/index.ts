/** Images as vectors. */
export { type EmbeddedBatch, type EmbedOptions, embeddedBatches } from './embedded.js';
export { type EmbeddingMapOptions, embeddingMap } from './map/embedding-map.js';
export { type MapOptions, mapContent, mapPage, mapSection } from './map/section.js';
export { embeddedParts } from './parts.js';
export type { EmbeddedRow } from './row.js';
export { type EmbeddedPart, writeEmbeddings } from './write-embeddings.js';
export { embeddingFiles } from './writers/index.js';
