import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { differentiable } from './differentiable.js';
import { nativeOps } from './native-ops.js';

/**
 * The sum over a batch of what each image costs times its cross-entropy: TensorFlow's one kernel for it and its gradient on
 * the native backend, else composed.
 * @param logits `[N, classes]` @param truth each image's probabilities, `[N, classes]`
 * @param costs `[N]`; for the mean, each 1 / N
 */
export function crossEntropy(tf: TensorFlow, logits: Tensor2D, truth: Tensor2D, costs: Tensor1D): Scalar {
  const ops = nativeOps(tf);
  if (!ops) {
    const losses = tf.neg(tf.sum(tf.mul(truth, tf.logSoftmax(logits)), 1));
    return tf.sum(tf.mul(losses, costs)) as Scalar;
  }
  return differentiable(tf, {
    inputs: { logits },
    forward(save) {
      const [losses, gradient] = ops.run('SoftmaxCrossEntropyWithLogits', [], [logits, truth], 2);
      save([ops.one('Mul', [], [gradient!, tf.expandDims(costs, 1)])]);
      return tf.sum(ops.one('Mul', [], [losses!, costs]));
    },
    gradients: (dy, [gradient]) => ({ logits: () => ops.one('Mul', [], [gradient!, dy]) }),
  }) as Scalar;
}
