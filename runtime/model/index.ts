export type { GoldenSamples, InputSpec, LoadedModel, Provenance } from './contract.js';
export { type PreprocessingStep, preprocess } from './preprocessing.js';
