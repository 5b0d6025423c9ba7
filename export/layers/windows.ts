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

/** The two axes of an image: ONNX's `pads` (top, left, bottom, right) and the output's height and width. */
export function imageWindow(
  [height, width]: readonly number[],
  kernel: readonly [number, number],
  strides: readonly [number, number],
  dilations: readonly [number, number],
  padding: string,
) {
  const y = windowOf(height!, kernel[0], strides[0], dilations[0], padding);
  const x = windowOf(width!, kernel[1], strides[1], dilations[1], padding);
  return { pads: [y.begin, x.begin, y.end, x.end], height: y.out, width: x.out };
}
