import type { Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';

/**
 * The gradient of a convolution with stride 1 by its input, as a convolution: each pixel's gradient is what the kernel,
 * turned around and with its last two axes swapped, sees of dy around it.
 * @param filter `[h, w, in, out]` @param dy `[N, OH, OW, out]` @param padding of the forward pass
 * @returns `[N, H, W, in]`
 */
export function turnedConvolution(tf: TensorFlow, filter: Tensor4D, dy: Tensor4D, padding: 'same' | 'valid'): Tensor4D {
  const [h, w] = filter.shape;
  const turned = tf.transpose(h * w === 1 ? filter : tf.reverse(filter, [0, 1]), [0, 1, 3, 2]) as Tensor4D;
  if (padding === 'same' && h % 2 === 1 && w % 2 === 1) return tf.conv2d(dy, turned, 1, 'same');
  // The forward pass padded `before` and `after`; what it did not see on one side, the gradient has to see on the other.
  const edges = (kernel: number): [number, number] => {
    const total = padding === 'same' ? kernel - 1 : 0;
    const before = Math.floor(total / 2);
    return [kernel - 1 - before, kernel - 1 - (total - before)];
  };
  return tf.conv2d(tf.pad(dy, [[0, 0], edges(h), edges(w), [0, 0]]), turned, 1, 'valid');
}
