import type { SymbolicTensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../../machine/index.js';
import { seedOf } from '../../../runtime/common/index.js';

type Layer = { apply(input: SymbolicTensor): unknown };

/** One layer after another. */
export const through = (input: SymbolicTensor, ...layers: readonly Layer[]): SymbolicTensor =>
  layers.reduce((value, layer) => layer.apply(value) as SymbolicTensor, input);

/** Weights as Keras draws them where nobody says otherwise (Glorot & Bengio 2010), from the recipe's seed and the layer's name. */
const glorot = (tf: TensorFlow, seed: number, name: string) =>
  tf.initializers.glorotUniform({ seed: seedOf(seed, name) });

/** Makers of layers whose weights are drawn from a seed. */
export function layersFrom(tf: TensorFlow, seed: number) {
  const { layers } = tf;
  return {
    dense: (name: string, units: number, activation?: 'relu') =>
      layers.dense({
        name,
        units,
        kernelInitializer: glorot(tf, seed, name),
        ...(activation && { activation }),
      }),
    conv: (name: string, filters: number, size: number, options: { trainable?: boolean } = {}) =>
      layers.conv2d({
        name,
        filters,
        kernelSize: size,
        padding: 'same',
        activation: 'relu',
        kernelInitializer: glorot(tf, seed, name),
        ...options,
      }),
    norm: (name: string) => layers.batchNormalization({ name }),
    // With `same`, images of any size come through; where halves are whole it is the same as Keras' default.
    pool: (name: string) => layers.maxPooling2d({ name, poolSize: 2, strides: 2, padding: 'same' }),
    dropout: (name: string, rate: number) => layers.dropout({ name, rate, seed: seedOf(seed, name) }),
    flatten: (name: string) => layers.flatten({ name }),
    softmax: () => layers.activation({ name: 'probabilities', activation: 'softmax' }),
  };
}
