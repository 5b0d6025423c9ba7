/** Model x images -> numbers. */
export { type CheckedInput, checkExport, type ExportCheck } from './check-export.js';
export { type Comparison, compare } from './compare.js';
export { datasetImages, goldenImages, type Images } from './images.js';
export { type NoiseOptions, noiseSamples } from './noise-samples.js';
export { type FilePrediction, type PredictFilesOptions, predictFiles, topOf } from './predict-files.js';
export type { EngineReport, ParityReport, Verdict } from './report.js';
export { type LayersFiles, runLayers } from './run-layers.js';
export { type VerifyOptions, verify } from './verify.js';
