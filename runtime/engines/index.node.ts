export * from './index.js';
export { defaultEngine, engineByName, engines } from './registry.node.js';
