import { ints } from '../runtime/model/index.js';
import type { GraphBuilder } from './builder.js';
import type { Value } from './value.js';

const size = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

/** The permutation of `[N, ...space, C]` to `[N, C, ...space]`. */
const toFirst = (rank: number) => [0, rank, ...Array.from({ length: rank - 1 }, (_, i) => i + 1)];

/** And back. */
const toLast = (rank: number) => [0, ...Array.from({ length: rank - 1 }, (_, i) => i + 2), 1];

/**
 * Which axis of the graph's value an axis of Keras' is.
 * @param axis with the batch as 0, not negative
 */
export function graphAxis({ order, shape }: Value, axis: number): number {
  if (order !== 'channels-first' || axis === 0) return axis;
  return axis === shape.length ? 1 : axis + 1;
}

/** An image value as ONNX's image operators take it. Only the image that enters the graph is ever moved. */
export function channelsFirst(builder: GraphBuilder, value: Value): Value {
  const { name: from, shape, order } = value;
  if (order === 'channels-first' || shape.length < 2) return value;
  const space = shape.slice(0, -1);
  const channels = shape.at(-1)!;
  const name = `${from}/nchw`;
  // With one channel, or one pixel, the numbers lie in the same order either way.
  const moved =
    (channels === 1 && !builder.anySize) || size(space) === 1
      ? builder.node('Reshape', name, [from, builder.integers(`${name}/shape`, [-1, channels, ...space])])
      : builder.node('Transpose', name, [from], { perm: ints(toFirst(shape.length)) });
  return { ...value, name: moved, order: 'channels-first' };
}

/** A value as Keras has it, for what does not know how we keep images, and for the outputs of a model. */
export function plain(builder: GraphBuilder, value: Value): Value {
  if (value.order === 'plain') return value;
  if (value.order === 'channels-first') {
    const perm = ints(toLast(value.shape.length));
    return { ...value, name: builder.node('Transpose', `${value.name}/nhwc`, [value.name], { perm }), order: 'plain' };
  }
  const { image = [], ...flat } = value;
  const shape = builder.integers(`${value.name}/shape`, [-1, image.at(-1)!, ...image.slice(0, -1)]);
  const unfolded = builder.node('Reshape', `${value.name}/image`, [value.name, shape]);
  const moved = plain(builder, { name: unfolded, shape: image, order: 'channels-first' });
  return { ...flat, name: builder.node('Flatten', `${value.name}/nhwc`, [moved.name]), order: 'plain' };
}

/**
 * Weights that have `width` numbers for each number of a flattened image, in the order in which a `flat` value has those:
 * what stands at h, w, c moves to c, h, w.
 * @param image its shape as Keras has it
 */
export function flatOrder(values: Float32Array, width: number, image: readonly number[]): Float32Array {
  const channels = image.at(-1)!;
  const area = size(image.slice(0, -1));
  const result = new Float32Array(values.length);
  let to = 0;
  for (let c = 0; c < channels; c++) {
    for (let pixel = 0; pixel < area; pixel++, to += width) {
      const from = (pixel * channels + c) * width;
      if (width === 1) result[to] = values[from]!;
      else result.set(values.subarray(from, from + width), to);
    }
  }
  return result;
}

/**
 * A constant that broadcasts to a value, as the value lies in the graph.
 * @param dims as Keras has it, without the batch: of as many axes as the value
 */
export function constantLike(
  builder: GraphBuilder,
  { order, shape, image }: Value,
  name: string,
  dims: readonly number[],
  values: Float32Array,
): string {
  if (order === 'flat')
    return builder.floats(name, dims, size(dims) === shape[0] ? flatOrder(values, 1, image!) : values);
  if (order === 'plain') return builder.floats(name, dims, values);
  return builder.floats(name, [dims.at(-1)!, ...dims.slice(0, -1)], flatOrder(values, 1, dims));
}
