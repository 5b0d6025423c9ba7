import { tfjsEngine } from './tfjs.node.js';
import { tolerance } from './tolerance.js';

/** TensorFlow.js in WebAssembly, in Node. */
export const tfjsWasm = tfjsEngine({ name: 'tfjs-wasm', tolerance: tolerance.cpu, backend: 'wasm' });
