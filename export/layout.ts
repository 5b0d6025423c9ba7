import { ints } from '../runtime/model/index.js';
import type { GraphBuilder } from './builder.js';
import type { Value } from './value.js';

/** An image value as ONNX's image operators take it. Only the image that enters the graph is ever moved. */
export function channelsFirst(builder: GraphBuilder, value: Value): Value {
  if (value.order === 'channels-first') return value;
  const [height, width, channels] = value.shape as [number, number, number];
  const name = `${value.name}/nchw`;
  const moved =
    channels === 1
      ? builder.node('Reshape', name, [value.name, builder.integers(`${name}/shape`, [-1, 1, height, width])])
      : builder.node('Transpose', name, [value.name], { perm: ints([0, 3, 1, 2]) });
  return { name: moved, shape: value.shape, order: 'channels-first' };
}

/** A value as Keras has it, for what does not know how we keep images, and for the outputs of a model. */
export function plain(builder: GraphBuilder, value: Value): Value {
  if (value.order === 'plain') return value;
  if (value.order === 'channels-first') {
    const name = builder.node('Transpose', `${value.name}/nhwc`, [value.name], { perm: ints([0, 2, 3, 1]) });
    return { name, shape: value.shape, order: 'plain' };
  }
  const [height, width, channels] = value.image!;
  const shape = builder.integers(`${value.name}/shape`, [-1, channels, height, width]);
  const image = builder.node('Reshape', `${value.name}/image`, [value.name, shape]);
  const moved = plain(builder, { name: image, shape: [height, width, channels], order: 'channels-first' });
  return { name: builder.node('Flatten', `${value.name}/nhwc`, [moved.name]), shape: value.shape, order: 'plain' };
}

/**
 * Weights that have `width` numbers for each number of a flattened image, in the order in which a `flat` value has those:
 * what stands at h, w, c moves to c, h, w.
 */
export function flatOrder(
  values: Float32Array,
  width: number,
  [height, columns, channels]: readonly [number, number, number],
): Float32Array {
  const area = height * columns;
  const result = new Float32Array(values.length);
  for (let pixel = 0; pixel < area; pixel++) {
    for (let c = 0; c < channels; c++) {
      const from = (pixel * channels + c) * width;
      result.set(values.subarray(from, from + width), (c * area + pixel) * width);
    }
  }
  return result;
}
