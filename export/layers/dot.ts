import { ints } from '../../runtime/model/index.js';
import { plain } from '../layout.js';
import type { Value } from '../value.js';
import { axisOf, each, type Handler, type LayerCall, refuse } from './handler.js';

/** What TensorFlow.js and Keras put under the root where a vector is (nearly) zero. */
const epsilon = 1e-7;

/** x / sqrt(max(sum(x^2), epsilon)) along an axis. */
function unit({ builder, layer }: LayerCall, value: Value, axis: number, part: string): Value {
  const name = `${layer.name}/${part}`;
  const squares = builder.node('Mul', `${name}/squares`, [value.name, value.name]);
  const sum = builder.node('ReduceSum', `${name}/sum`, [squares, builder.integers(`${name}/axis`, [axis])]);
  const floor = builder.floats(`${layer.name}/epsilon`, [], Float32Array.of(epsilon));
  const norm = builder.node('Sqrt', `${name}/norm`, [builder.node('Max', `${name}/square`, [sum, floor])]);
  return { ...value, name: builder.node('Div', name, [value.name, norm]) };
}

/** A value as a matrix `[rows, axis]` or, for the right side, `[axis, columns]`. */
function matrix({ builder, layer }: LayerCall, { name, shape }: Value, axis: number, part: 'left' | 'right'): string {
  const isLeft = part === 'left';
  if (shape.length === 1) {
    const dims = builder.integers(`${layer.name}/${part}/shape`, isLeft ? [-1, 1, shape[0]!] : [-1, shape[0]!, 1]);
    return builder.node('Reshape', `${layer.name}/${part}`, [name, dims]);
  }
  if (axis === (isLeft ? 2 : 1)) return name;
  return builder.node('Transpose', `${layer.name}/${part}`, [name], { perm: ints([0, 2, 1]) });
}

/** `Dot` of two batches of vectors or matrices, along an axis of each. */
export const dot: Handler = (call) => {
  const { builder, inputs, layer } = call;
  const shapes = inputs.map((value) => `[${value.shape.join(', ')}]`).join(' and ') || 'none';
  if (inputs.length !== 2 || inputs.some((value) => value.shape.length > 2)) {
    throw refuse(call, `takes two vectors or matrices, got ${shapes}`);
  }
  const axes = each(layer.config.axes ?? -1, 2).map((axis, i) => axisOf(call, axis, inputs[i]!.shape.length));
  const sides = inputs.map((value) => plain(builder, value));
  const [x, y] = sides.map((value, i) =>
    layer.config.normalize === true ? unit(call, value, axes[i]!, i ? 'second' : 'first') : value,
  ) as [Value, Value];
  const [i, j] = axes as [number, number];
  if (x.shape[i - 1] !== y.shape[j - 1])
    throw refuse(call, `takes values as long along ${axes.join(' and ')}, got ${shapes}`);
  const factors = [matrix(call, x, i, 'left'), matrix(call, y, j, 'right')];
  const rest = [...x.shape.toSpliced(i - 1, 1), ...y.shape.toSpliced(j - 1, 1)];
  // Two vectors give one number, which Keras has as a vector of one.
  const shape = rest.length === 0 ? [1] : rest;
  if (rest.length === 2) return { name: builder.node('MatMul', layer.name, factors), shape, order: 'plain' };
  const product = builder.node('MatMul', `${layer.name}/product`, factors);
  const dims = builder.integers(`${layer.name}/shape`, [-1, ...shape]);
  return { name: builder.node('Reshape', layer.name, [product, dims]), shape, order: 'plain' };
};
