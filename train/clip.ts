import type { Scalar, Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../machine/index.js';

/**
 * Gradients scaled down together when they are longer than `most`, all taken as one vector (Pascanu, Mikolov & Bengio,
 * arXiv:1211.5063, algorithm 1). The caller disposes of them.
 */
export function clipByGlobalNorm(tf: TensorFlow, gradients: readonly Tensor[], most: number): Tensor[] {
  return tf.tidy(() => {
    const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)) as Scalar);
    const norm = tf.sqrt(tf.addN(squares));
    const scale = tf.div(most, tf.maximum(norm, most));
    return gradients.map((gradient) => tf.mul(gradient, scale));
  });
}
