import type { NamedTensorInfoMap, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from './load.js';

/** The convolutions that XNNPACK computes; `FusedConv2D` and its sister are what a layer with an activation calls in inference. */
const kernels = ['Conv2D', 'DepthwiseConv2dNative', 'FusedConv2D', 'FusedDepthwiseConv2D'] as const;

interface Attributes {
  readonly strides: readonly [number, number] | number;
  readonly pad: 'same' | 'valid' | number;
}

/**
 * How much of an axis a convolution with padding `same` looks at. Where the stride steps over the end, that is less than
 * there is: the padding, `(out - 1) * stride + kernel - size`, would be negative, and is none.
 */
function reach(size: number, kernel: number, stride: number): number {
  const out = Math.ceil(size / stride);
  return Math.min(size, (out - 1) * stride + kernel);
}

/**
 * Lets the WASM backend's convolutions give what every other backend gives. XNNPACK computes the padding of `same` itself,
 * unsigned: where it would be negative on an axis (a kernel smaller than its stride, but for 1x1), it comes out as
 * billions, and the result as zeros or as a wrong place's values. Without the rows and columns that no kernel looks at,
 * the padding of that axis is zero.
 */
export function correctConvolutions(tf: TensorFlow): void {
  for (const kernelName of kernels) {
    const kernel = tf.getKernel(kernelName, 'wasm');
    if (!kernel) continue;
    tf.unregisterKernel(kernelName, 'wasm');
    tf.registerKernel({
      ...kernel,
      kernelFunc(call) {
        const { strides, pad } = call.attrs as unknown as Attributes;
        const x = call.inputs.x as Tensor4D;
        const [kernelHeight, kernelWidth] = (call.inputs.filter as Tensor4D).shape;
        const [n, height, width, channels] = x.shape;
        const [down, right] = Array.isArray(strides) ? strides : [strides, strides];
        const rows = reach(height, kernelHeight, down);
        const columns = reach(width, kernelWidth, right);
        if (pad !== 'same' || (rows === height && columns === width)) return kernel.kernelFunc(call);
        const seen = tf.slice(x, [0, 0, 0, 0], [n, rows, columns, channels]);
        try {
          return kernel.kernelFunc({ ...call, inputs: { ...call.inputs, x: seen } as NamedTensorInfoMap });
        } finally {
          seen.dispose();
        }
      },
    });
  }
}
