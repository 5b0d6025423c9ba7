export * from './index.js';
export { type ModelFile, readModelFile } from './read/model-file.node.js';
export { readModelFiles, readRun } from './read/run.node.js';
