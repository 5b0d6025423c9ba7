export * from './index.js';
export { type LoadFileOptions, loadModelFile } from './load-file.node.js';
export { descriptionBeside, readDescription } from './read-description.node.js';
