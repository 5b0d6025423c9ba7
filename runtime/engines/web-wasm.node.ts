import { tolerance } from './tolerance.js';
import { webEngine } from './web-engine.node.js';

export const webWasm = webEngine({ name: 'web-wasm', tolerance: tolerance.cpu });
