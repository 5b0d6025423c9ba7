export * from './index.js';
export { loadModelFile } from './load-file.node.js';
