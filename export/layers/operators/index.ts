import type { Handler } from '../handler.js';
import { elementwise } from './elementwise.js';
import { reductions } from './reductions.js';
import { shapes } from './shapes.js';

/**
 * Operators on the outputs of layers (`x * 0.5`, `keras.ops.mean(x, axis=1)`), which a functional model holds beside its
 * layers: as Keras 3 calls them; what TensorFlow calls them in files of Keras 2 is read as those.
 */
export const operatorHandlers: ReadonlyMap<string, Handler> = new Map(
  [...elementwise, ...reductions, ...shapes].map(([name, handler]) => [`keras.ops.${name}`, handler]),
);
