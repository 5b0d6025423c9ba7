import type { Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';

interface Attributes {
  strides: [number, number] | number;
  pad: 'same' | 'valid' | number;
  filterShape: [number, number, number, number];
}

/**
 * TensorFlow.js' WASM backend has every kernel that training a convolutional network needs but one: the gradient of a
 * convolution by its filter. This is that gradient, made of the backend's own kernels.
 */
export function registerFilterGradient(tf: TensorFlow): void {
  const kernelName = 'Conv2DBackpropFilter';
  if (tf.getKernel(kernelName, 'wasm')) return;
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const { strides, pad, filterShape } = attrs as unknown as Attributes;
      return tf.tidy(() => filterGradient(tf, inputs.x as Tensor4D, inputs.dy as Tensor4D, filterShape, strides, pad));
    },
  });
}

/**
 * For each place (y, x) of the filter, the pixels under it times dy. That is itself a convolution, whose images are the
 * input's channels, whose channels are the batch's images, and whose kernel is dy, spread as far as the stride: so no
 * image is copied for each place, and one call does it.
 * @param x `[N, H, W, in]`; @param dy `[N, OH, OW, out]`; @returns `[kh, kw, in, out]`
 */
function filterGradient(
  tf: TensorFlow,
  x: Tensor4D,
  dy: Tensor4D,
  [kh, kw, inputs, outputs]: Attributes['filterShape'],
  strides: Attributes['strides'],
  pad: Attributes['pad'],
) {
  const [sy, sx] = Array.isArray(strides) ? strides : [strides, strides];
  const [, oh, ow] = dy.shape;
  const [n, height, width] = x.shape;
  if (kh === 1 && kw === 1 && sy === 1 && sx === 1 && oh === height && ow === width) {
    const product = tf.matMul(tf.reshape(x, [-1, inputs]), tf.reshape(dy, [-1, outputs]), true);
    return tf.reshape(product, [1, 1, inputs, outputs]);
  }
  const rows = padding(height, kh, sy, oh, pad);
  const columns = padding(width, kw, sx, ow, pad);
  const padded = tf.pad(x, [[0, 0], rows, columns, [0, 0]]);
  // Without what the last step does not reach.
  const seen = tf.slice(padded, [0, 0, 0, 0], [n, (oh - 1) * sy + kh, (ow - 1) * sx + kw, inputs]);
  const images = tf.transpose(seen, [3, 1, 2, 0]);
  const kernel = tf.transpose(dy, [1, 2, 0, 3]);
  const gradient = tf.conv2d(images, kernel, 1, 'valid', 'NHWC', [sy, sx]);
  return tf.transpose(gradient, [1, 2, 0, 3]);
}

/** How much stands before and after, as the forward convolution padded: with `same` the odd pixel goes to the end. */
function padding(size: number, kernel: number, stride: number, out: number, pad: Attributes['pad']): [number, number] {
  if (typeof pad === 'number') return [pad, pad];
  const total = pad === 'same' ? Math.max((out - 1) * stride + kernel - size, 0) : 0;
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}
