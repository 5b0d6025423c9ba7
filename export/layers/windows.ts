import { ints, text } from '../../runtime/model/index.js';
import { snake } from '../read/snake-case.js';
import type { Value } from '../value.js';
import { type LayerCall, refuse, requireConfig } from './handler.js';

/**
 * Padding and output size of one axis, as TensorFlow defines `same` and `valid`
 * (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2): with `same` the odd pixel goes to the end.
 * With `causal` no output sees what comes after it: all padding is at the begin.
 */
export function windowOf(size: number, kernel: number, stride: number, dilation: number, padding: string) {
  const extent = (kernel - 1) * dilation + 1;
  if (padding === 'causal') return { begin: extent - 1, end: 0, out: Math.floor((size - 1) / stride) + 1 };
  if (padding !== 'same') return { begin: 0, end: 0, out: Math.floor((size - extent) / stride) + 1 };
  const out = Math.ceil(size / stride);
  const total = Math.max((out - 1) * stride + extent - size, 0);
  return { begin: Math.floor(total / 2), end: Math.ceil(total / 2), out };
}

interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations?: readonly number[];
  /** Default `same` and `valid`. */
  readonly paddings?: readonly string[];
}

/** What ONNX's convolutions and pools have in common: attributes, and the sizes of the output. */
export function imageWindows(
  call: LayerCall,
  image: Value,
  { kernel, strides, dilations, paddings = ['same', 'valid'] }: Windows,
) {
  requireConfig(call, 'padding', paddings);
  const padding = snake(String(call.layer.config.padding));
  const space = image.shape.slice(0, -1);
  const windows = space.map((size, i) => windowOf(size, kernel[i]!, strides[i]!, dilations?.[i] ?? 1, padding));
  if (!windows.every(({ out }) => out >= 1)) {
    throw refuse(call, `has windows of ${kernel.join('x')}, which do not fit into an image of ${space.join('x')}`);
  }
  const shared = { kernel_shape: ints(kernel), strides: ints(strides) };
  const out = windows.map(({ out }) => out);
  // What a stride pads depends on the size. This is TensorFlow's rule by name: the odd pixel goes to the end.
  if (call.builder.anySize && padding === 'same' && strides.some((stride) => stride > 1)) {
    return { attributes: { ...shared, auto_pad: text('SAME_UPPER') }, space: out };
  }
  return {
    attributes: {
      ...shared,
      // Where each axis begins, then where each ends.
      pads: ints([...windows.map(({ begin }) => begin), ...windows.map(({ end }) => end)]),
    },
    space: out,
  };
}
