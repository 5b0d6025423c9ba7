/** Nearest neighbours as an ONNX graph. */
export { type NeighboursFileOptions, neighboursFile, neighboursGraph } from './file.js';
export { type IndexVectors, indexVectors, type Metric } from './index-vectors.js';
