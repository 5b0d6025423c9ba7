export type { GoldenSamples, InputSpec, LoadedModel, Neighbours, Provenance, TensorInput } from './contract.js';
export {
  bodiesOf,
  encodeProto,
  graphsOf,
  opsetOf,
  prune,
  renameValues,
  sealProto,
  type TappedBytes,
  takenBy,
  valueNames,
  withTaps,
} from './edit/index.js';
export { type ClassifierDescription, parseDescription } from './foreign/index.js';
export { chooseGolden, decodeGolden, encodeGolden, type GoldenText, marginOf } from './golden.js';
export {
  type Attribute,
  type DataType,
  float,
  floatInitializer,
  floatsOf,
  type Graph,
  type GraphNode,
  type GraphValue,
  type Initializer,
  int,
  integersOf,
  intInitializer,
  ints,
  text,
  texts,
} from './graph.js';
export { inspectModel, type ModelReport, type NodeReport, type ValueReport } from './inspect/index.js';
export { issueOf } from './issue.js';
export { type LoadOptions, loadModel } from './load.js';
export { formatVersion, goldenSchema, inputSchema, keys, labelsSchema, type Metadata, stableJson } from './metadata.js';
export { operatorBehind } from './operator-behind.js';
export { confidenceBin, confidenceBins, countPredictions, type PredictionCounts } from './predictions.js';
export {
  type ImageShape,
  leastRange,
  lumaWeights,
  type PreprocessingStep,
  preprocess,
  preprocessedShape,
  usualSteps,
} from './preprocessing/index.js';
export { decodeModel, encodeModel, plainModel, producerName } from './protobuf.js';
export { type RunGolden, type RunInfo, runGoldenSchema, runSchema } from './run.js';
export { sealModel } from './seal.js';
export { softmaxRows, toProbabilities, toTensor } from './tensors/index.js';
