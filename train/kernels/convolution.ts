import type { Tensor } from '@tensorflow/tfjs';
import type { NativeOps } from './native-ops.js';

export interface ConvolutionSettings {
  readonly strides: readonly [number, number];
  readonly padding: 'same' | 'valid';
}

/** The attributes that a convolution and its gradients share. */
export const convolutionAttributes = (ops: NativeOps, { strides, padding }: ConvolutionSettings) => [
  ops.ints('strides', [1, ...strides, 1]),
  ops.text('padding', padding.toUpperCase()),
];

/** A kernel of one pixel that steps over none: the convolution is one product, `[N H W, in] x [in, out]`. */
export const isPointwise = (filter: Tensor, { strides }: ConvolutionSettings) =>
  filter.shape[0] === 1 && filter.shape[1] === 1 && strides[0] === 1 && strides[1] === 1;
