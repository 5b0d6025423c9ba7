import type { Tensor3D, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';

interface Attributes {
  strides: [number, number] | number;
  pad: 'same' | 'valid' | number;
  filterShape: [number, number, number, number];
}

/**
 * TensorFlow.js' WASM backend has every kernel that training a convolutional network needs but one: the gradient of a
 * convolution by its filter. This is that gradient, made of the backend's own slices and products: for each place (y, x)
 * of the filter, the pixels under it (transposed) times dy.
 */
export function registerFilterGradient(tf: TensorFlow): void {
  const kernelName = 'Conv2DBackpropFilter';
  if (tf.getKernel(kernelName, 'wasm')) return;
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const { strides, pad, filterShape } = attrs as unknown as Attributes;
      return filterGradient(tf, inputs.x as Tensor4D, inputs.dy as Tensor4D, filterShape, strides, pad);
    },
  });
}

/** @param x `[N, H, W, in]`; @param dy `[N, OH, OW, out]`; @returns `[kh, kw, in, out]` */
function filterGradient(
  tf: TensorFlow,
  x: Tensor4D,
  dy: Tensor4D,
  [kh, kw, inputs, outputs]: Attributes['filterShape'],
  strides: Attributes['strides'],
  pad: Attributes['pad'],
) {
  return tf.tidy(() => {
    const [sy, sx] = Array.isArray(strides) ? strides : [strides, strides];
    const [n, oh, ow] = dy.shape;
    const rows = padding(x.shape[1], kh, sy, oh, pad);
    const columns = padding(x.shape[2], kw, sx, ow, pad);
    const padded = tf.pad(x, [[0, 0], rows, columns, [0, 0]]);
    const gradient = tf.reshape(dy, [n * oh * ow, outputs]);
    const places: Tensor3D[] = [];
    for (let y = 0; y < kh; y++) {
      for (let column = 0; column < kw; column++) {
        const end = [n, y + (oh - 1) * sy + 1, column + (ow - 1) * sx + 1, inputs];
        const under = tf.stridedSlice(padded, [0, y, column, 0], end, [1, sy, sx, 1]);
        // Transposed before the product: the backend is slow at products with a transposed operand.
        const transposed = tf.transpose(tf.reshape(under, [n * oh * ow, inputs]));
        places.push(tf.reshape(tf.matMul(transposed, gradient), [1, inputs, outputs]));
      }
    }
    return tf.reshape(tf.concat(places), [kh, kw, inputs, outputs]);
  });
}

/** How much stands before and after, as the forward convolution padded: with `same` the odd pixel goes to the end. */
function padding(size: number, kernel: number, stride: number, out: number, pad: Attributes['pad']): [number, number] {
  if (typeof pad === 'number') return [pad, pad];
  const total = pad === 'same' ? Math.max((out - 1) * stride + kernel - size, 0) : 0;
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}
