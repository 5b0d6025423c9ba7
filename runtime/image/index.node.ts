export { decode } from './decode.node.js';
export * from './index.js';
