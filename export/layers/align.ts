import type { GraphBuilder } from '../builder.js';
import { channelsFirst, plain } from '../layout.js';
import type { Value } from '../value.js';

/** A value with axes of one put before its first, as Keras and TensorFlow.js make ranks equal. */
function widen(builder: GraphBuilder, value: Value, rank: number): Value {
  const missing = Array<number>(rank - value.shape.length).fill(1);
  if (missing.length === 0) return value;
  const { name, shape, order } = value;
  const inGraph =
    order === 'channels-first' ? [shape.at(-1)!, ...missing, ...shape.slice(0, -1)] : [...missing, ...shape];
  const dims = builder.integers(`${name}/wide/shape`, [-1, ...inGraph]);
  const wide = builder.node('Reshape', `${name}/wide`, [name, dims]);
  return { ...value, name: wide, shape: [...missing, ...shape] };
}

/** Values that an operator takes together: of one rank, and in one order: channels first where one of them is. */
export function align(builder: GraphBuilder, values: readonly Value[]): Value[] {
  const first = values[0]!;
  const isAlike = ({ order, shape, image }: Value) =>
    order === first.order && shape.length === first.shape.length && image?.join() === first.image?.join();
  if (values.every(isAlike)) return [...values];
  const rank = Math.max(...values.map(({ shape }) => shape.length));
  const unfolded = values.map((value) => (value.order === 'flat' ? plain(builder, value) : value));
  const wide = unfolded.map((value) => widen(builder, value, rank));
  const isFirst = wide.some(({ order }) => order === 'channels-first');
  return isFirst ? wide.map((value) => channelsFirst(builder, value)) : wide;
}

/** The shape of what broadcasting gives; undefined where shapes of one rank do not fit. */
export function broadcast(shapes: readonly (readonly number[])[]): number[] | undefined {
  const result = shapes[0]!.map((_, axis) => Math.max(...shapes.map((shape) => shape[axis]!)));
  const fits = shapes.every((shape) => shape.every((size, axis) => size === 1 || size === result[axis]));
  return fits ? result : undefined;
}
