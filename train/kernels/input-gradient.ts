import type { Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { type ConvolutionSettings, convolutionAttributes, isPointwise } from './convolution.js';
import { matMul } from './mat-mul.js';
import type { NativeOps } from './native-ops.js';
import { hasOneDnn } from './one-dnn.js';
import { turnedConvolution } from './turned-convolution.js';

/** How the gradient of a convolution by its input can be computed. */
export type InputGradientForm = 'product' | 'convolution' | 'kernel';

/**
 * Which form is the fastest, as measured on two cores with batches of 64 (processor time, milliseconds; in brackets with
 * TensorFlow's kernels of Eigen, which it has where oneDNN is not there or switched off, TF_ENABLE_ONEDNN_OPTS=0):
 *
 * | shape                        | kernel      | convolution  | product     |
 * |------------------------------|-------------|--------------|-------------|
 * | 32x32, 128 to 128, 3x3       | 112 (163)   | 117 (161)    |             |
 * | 16x16, 128 to 128, 3x3       | 28 (53)     | 29 (38)      |             |
 * | 8x8, 256 to 256, 3x3         | 30 (85)     | 34 (40)      |             |
 * | 4x4, 256 to 512, 3x3         | 23 (121)    | 29 (23)      |             |
 * | 2x2, 256 to 256, 3x3         | 4.4 (64)    | 5.6 (3.3)    |             |
 * | 4x4, 512 to 2048, 1x1        | 20 (205)    | 24 (19)      | 18 (19)     |
 * | 4x4, 2048 to 256, 1x1        | 8.5 (56)    | 10.9 (9.9)   | 7.4 (8.7)   |
 *
 * So: a product wherever it is one; else TensorFlow's kernel where oneDNN computes it (or a GPU), and a convolution where
 * Eigen does. The choice depends on nothing that is measured while training: the same machine computes the same bits.
 */
export function inputGradientForm(
  filter: Tensor4D,
  settings: ConvolutionSettings,
  { oneDnn }: { readonly oneDnn: boolean },
): InputGradientForm {
  if (isPointwise(filter, settings)) return 'product';
  const [down, right] = settings.strides;
  return oneDnn || down > 1 || right > 1 ? 'kernel' : 'convolution';
}

export interface InputGradient extends ConvolutionSettings {
  /** `[h, w, in, out]` */
  readonly filter: Tensor4D;
  /** `[N, OH, OW, out]` */
  readonly dy: Tensor4D;
  /** Of the input: `[N, H, W, in]`. */
  readonly shape: readonly [number, number, number, number];
}

/** The gradient of a convolution by its input, `[N, H, W, in]`. @param form default: the fastest */
export function inputGradient(
  tf: TensorFlow,
  ops: NativeOps,
  { filter, dy, shape, ...settings }: InputGradient,
  form = inputGradientForm(filter, settings, { oneDnn: ops.gpu || hasOneDnn() }),
): Tensor4D {
  const size: [number, number, number, number] = [...shape];
  if (form === 'kernel') {
    const inputs = [tf.tensor1d(size, 'int32'), filter, dy];
    return ops.one('Conv2DBackpropInput', convolutionAttributes(ops, settings), inputs) as Tensor4D;
  }
  const [, , inputs, outputs] = filter.shape;
  if (form === 'product') {
    const [left, right] = [tf.reshape(dy, [-1, outputs]), tf.reshape(filter, [inputs, outputs])];
    return tf.reshape(matMul(ops, left, right, { transposeB: true }), size) as Tensor4D;
  }
  return turnedConvolution(tf, filter, dy, settings.padding);
}
