import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { differentiable } from './differentiable.js';
import type { NativeOps } from './native-ops.js';

export interface Normalisation {
  /** `[N, H, W, C]` or `[N, C]` */
  readonly x: Tensor;
  readonly gamma: Tensor1D;
  readonly beta: Tensor1D;
  readonly movingMean: Tensor1D;
  readonly movingVariance: Tensor1D;
  /** What the moving statistics keep at each step. */
  readonly momentum: number;
  readonly epsilon: number;
}

/**
 * Batch normalisation over the last axis, as in training (Ioffe & Szegedy, arXiv:1502.03167), with TensorFlow's fused
 * kernels.
 * @returns what is normalised, and the moving statistics, which the caller disposes of
 */
export function batchNorm(
  tf: TensorFlow,
  ops: NativeOps,
  { x, gamma, beta, movingMean, movingVariance, momentum, epsilon }: Normalisation,
): { readonly y: Tensor; readonly mean: Tensor; readonly variance: Tensor } {
  const attributes = [
    ops.float32('T'),
    ops.float32('U'),
    ops.float('epsilon', epsilon),
    ops.text('data_format', 'NHWC'),
    ops.bool('is_training', true),
  ];
  const asImages = (tensor: Tensor) =>
    tensor.rank === 4 ? tensor : tf.reshape(tensor, [tensor.shape[0]!, 1, 1, tensor.shape[1]!]);
  const asGiven = (tensor: Tensor) => (x.rank === 4 ? tensor : tf.reshape(tensor, x.shape));
  // TensorFlow blends in the sample's variance (over n - 1); the layer keeps the batch's (over n).
  const count = x.size / gamma.size;
  const toSample = count > 1 ? count / (count - 1) : 1;
  const moving: Tensor[] = [];
  const y = differentiable(tf, {
    inputs: { gamma, beta, x },
    forward(save) {
      const images = asImages(x);
      const inputs = [images, gamma, beta, movingMean, tf.mul(movingVariance, toSample)];
      const blend = ops.float('exponential_avg_factor', 1 - momentum);
      const [output, mean, variance, ...reserved] = ops.run('FusedBatchNormV3', [blend, ...attributes], inputs, 6);
      moving.push(tf.keep(mean!), tf.keep(tf.div(variance!, toSample)));
      save([images, gamma, ...reserved]);
      return asGiven(output!);
    },
    gradients(dy, [input, scale, ...reserved]) {
      const inputs = [asImages(dy), input!, scale!, ...reserved];
      const [dx, dGamma, dBeta] = ops.run('FusedBatchNormGradV3', attributes, inputs, 5);
      return { gamma: () => dGamma!, beta: () => dBeta!, x: () => asGiven(dx!) };
    },
  });
  return { y, mean: moving[0]!, variance: moving[1]! };
}
