export * from './index.js';
export { ortCpu } from './ort-cpu.node.js';
