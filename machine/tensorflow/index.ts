export { findCompiler } from './compile.js';
export { type EnsureTensorFlowOptions, ensureTensorFlow } from './ensure.js';
export { type BackendName, backendNames, type LoadedTensorFlow, loadTensorFlow, type TensorFlow } from './load.js';
export { tensorflowVersion } from './place.js';
export { probeTensorFlow } from './probe.js';
