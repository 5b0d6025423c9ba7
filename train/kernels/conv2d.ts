import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { type ConvolutionSettings, convolutionAttributes, isPointwise } from './convolution.js';
import { differentiable } from './differentiable.js';
import { inputGradient } from './input-gradient.js';
import { matMul } from './mat-mul.js';
import type { NativeOps } from './native-ops.js';
import { hasOneDnnKernels, oneDnnLabel } from './one-dnn.js';

const rows = (tf: TensorFlow, tensor: Tensor) => tf.reshape(tensor, [-1, tensor.shape.at(-1)!]);

/** With bias, in as few kernels as there are for it. */
function convolve(
  tf: TensorFlow,
  ops: NativeOps,
  { x, filter, bias }: { readonly x: Tensor4D; readonly filter: Tensor4D; readonly bias?: Tensor | undefined },
  settings: ConvolutionSettings,
): Tensor {
  const attributes = convolutionAttributes(ops, settings);
  if (isPointwise(filter, settings)) {
    const product = matMul(ops, rows(tf, x), rows(tf, filter));
    const y = bias ? ops.one('BiasAdd', [], [product, bias]) : product;
    return tf.reshape(y, [...x.shape.slice(0, 3), filter.shape[3]]);
  }
  if (!bias) return ops.one('Conv2D', attributes, [x, filter]);
  if (hasOneDnnKernels(tf, ops)) {
    // The same bits as with BiasAdd after it, in the time of the convolution alone.
    return ops.one('_MklNativeConv2DWithBias', [...attributes, oneDnnLabel(ops)], [x, filter, bias]);
  }
  return ops.one('BiasAdd', [], [ops.one('Conv2D', attributes, [x, filter]), bias]);
}

/**
 * A convolution with bias and relu as a layer has them, in TensorFlow's kernels.
 * @param x `[N, H, W, in]` @param filter `[h, w, in, out]` @param bias `[out]`
 */
export function conv2d(
  tf: TensorFlow,
  ops: NativeOps,
  {
    x,
    filter,
    bias,
    relu,
    isPooled = false,
    ...settings
  }: ConvolutionSettings & {
    readonly x: Tensor4D;
    readonly filter: Tensor4D;
    readonly bias?: Tensor | undefined;
    readonly relu: boolean;
    /** Whether `maxPool` follows and computes the bias' gradient. Default: false. */
    readonly isPooled?: boolean;
  },
): Tensor4D {
  const attributes = convolutionAttributes(ops, settings);
  const pointwise = isPointwise(filter, settings);
  return differentiable(tf, {
    inputs: { bias: isPooled ? undefined : bias, filter, x },
    forward(save) {
      let y = convolve(tf, ops, { x, filter, bias }, settings);
      if (relu) y = ops.one('Relu', [], [y]);
      save(relu ? [x, filter, y] : [x, filter]);
      return y;
    },
    gradients(dy, [savedX, savedFilter, y]) {
      // Where relu gave zero, its input was not above it: the output tells as much as the input.
      const gradient = relu ? ops.one('ReluGrad', [], [dy, y!]) : dy;
      return {
        bias: () => ops.one('BiasAddGrad', [], [gradient]),
        filter() {
          if (!pointwise) {
            const shape = tf.tensor1d(filter.shape, 'int32');
            return ops.one('Conv2DBackpropFilter', attributes, [savedX!, shape, gradient]);
          }
          const product = matMul(ops, rows(tf, savedX!), rows(tf, gradient), { transposeA: true });
          return tf.reshape(product, filter.shape);
        },
        x() {
          const dx = inputGradient(tf, ops, {
            ...{ filter: savedFilter as Tensor4D, dy: gradient as Tensor4D, shape: x.shape },
            ...settings,
          });
          if (relu) gradient.dispose();
          return dx;
        },
      };
    },
  }) as Tensor4D;
}
