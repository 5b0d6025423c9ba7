import { ints } from '../../runtime/model/index.js';
import type { Value } from '../value.js';
import { type LayerCall, refuse, requireConfig } from './handler.js';

/**
 * Padding and output size of one axis, as TensorFlow defines `same` and `valid`
 * (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2): with `same` the odd pixel goes to the end.
 */
export function windowOf(size: number, kernel: number, stride: number, dilation: number, padding: string) {
  const extent = (kernel - 1) * dilation + 1;
  if (padding !== 'same') return { begin: 0, end: 0, out: Math.floor((size - extent) / stride) + 1 };
  const out = Math.ceil(size / stride);
  const total = Math.max((out - 1) * stride + extent - size, 0);
  return { begin: Math.floor(total / 2), end: Math.ceil(total / 2), out };
}

interface Windows {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations?: readonly [number, number];
}

/** What ONNX's convolutions and pools have in common: attributes, and the output's height and width. */
export function imageWindows(call: LayerCall, image: Value, { kernel, strides, dilations = [1, 1] }: Windows) {
  requireConfig(call, 'padding', ['same', 'valid']);
  const padding = String(call.layer.config.padding);
  const [height, width] = image.shape as [number, number];
  const y = windowOf(height, kernel[0], strides[0], dilations[0], padding);
  const x = windowOf(width, kernel[1], strides[1], dilations[1], padding);
  if (!(y.out >= 1 && x.out >= 1)) {
    throw refuse(call, `has windows of ${kernel.join('x')}, which do not fit into an image of ${height}x${width}`);
  }
  return {
    // Top, left, bottom, right.
    attributes: {
      kernel_shape: ints(kernel),
      strides: ints(strides),
      pads: ints([y.begin, x.begin, y.end, x.end]),
    },
    height: y.out,
    width: x.out,
  };
}
