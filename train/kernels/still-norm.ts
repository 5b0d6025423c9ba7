import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import type { Normalisation } from './batch-norm.js';
import { differentiable } from './differentiable.js';
import type { NativeOps } from './native-ops.js';

/**
 * Batch normalisation over the last axis with the statistics that it has, none of its weights trained: a product and a sum, and
 * a product on the way back.
 */
export function stillNorm(
  tf: TensorFlow,
  ops: NativeOps,
  { x, gamma, beta, movingMean, movingVariance, epsilon }: Omit<Normalisation, 'momentum'>,
): Tensor {
  return differentiable(tf, {
    inputs: { x },
    forward(save) {
      const scale = tf.div(gamma, tf.sqrt(tf.add(movingVariance, epsilon))) as Tensor1D;
      save([scale]);
      const shift = tf.sub(beta, tf.mul(movingMean, scale));
      const scaled = ops.one('Mul', [], [x, scale]);
      return ops.one('BiasAdd', [], [scaled, shift]);
    },
    gradients: (dy, [scale]) => ({ x: () => ops.one('Mul', [], [dy, scale!]) }),
  });
}
