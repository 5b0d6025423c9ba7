/** Layers model -> model.onnx. Nothing here needs Node; `index.node.ts` adds what reads run folders. */

export { trySizes } from './any-size.js';
export { type GraphBuilder, graphBuilder } from './builder.js';
export { type ClassifierOptions, classifierGraph, exportClassifier } from './classifier.js';
export { type ConvertOptions, convert } from './convert.js';
export { imagesOf, scoresOf } from './image-classifier.js';
export { withInputShapes } from './input-shapes.js';
export { type IndexVectors, indexVectors, type Metric, neighboursFile, neighboursGraph } from './knn/index.js';
export {
  type Handler,
  handlers,
  imageInput,
  imageOutput,
  type LayerCall,
  onlyInput,
  refuse,
  requireConfig,
  weight,
} from './layers/index.js';
export { plain } from './layout.js';
export { exportModel, type ModelOptions, modelGraph } from './model.js';
export { optimize, type Pass, passes } from './passes/index.js';
export { type LoadHandler, type ModelArtifacts, readLayersModel, type SavingModel } from './read/in-memory.js';
export { type KerasWeights, readKerasWeights, type WantedLayer } from './read/keras-weights.js';
export type { Layer, LayersModel, Weight } from './read/layers-model.js';
export { type ModelFormat, readModelBytes } from './read/model-bytes.js';
export { type ModelJson, readModelJson } from './read/model-json.js';
export { nonFiniteWeights, tableInputs } from './read/survey.js';
export { readTopology } from './read/topology.js';
export type { LayerId, LayerWeights, WeightSource } from './read/weight-source.js';
export { type ExportRunOptions, exportRun, type GoldenChoice, type RunFiles } from './run.js';
export { opsets, type TargetOptions } from './target/index.js';
export type { Value } from './value.js';
export { type TensorflowFiles, tensorflowFiles } from './write/tensorflow-files.js';
