export * from './index.js';
export { readModelFiles, readRun } from './read/run.node.js';
