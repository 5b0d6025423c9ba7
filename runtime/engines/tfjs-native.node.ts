import { tfjsEngine } from './tfjs.node.js';
import { tolerance } from './tolerance.js';

/** TensorFlow's own library. */
export const tfjsNative = tfjsEngine({ name: 'tfjs-native', tolerance: tolerance.cpu, backend: 'native' });
