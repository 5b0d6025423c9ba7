import { int, ints } from '../../runtime/model/index.js';
import { constantLike, graphAxis, plain } from '../layout.js';
import type { Value } from '../value.js';
import { axesOf, type Handler, type LayerCall, onlyInput, refuse, weight } from './handler.js';

/** x / max(|x|, epsilon), the Euclidean length along some axes. */
export function unitLength(call: LayerCall, value: Value, axes: readonly number[], epsilon: number): Value {
  const { builder, layer } = call;
  const { name } = layer;
  const over = { axes: ints(axes.map((axis) => graphAxis(value, axis)).sort((a, b) => a - b)), keepdims: int(1) };
  const length = builder.node('ReduceL2', `${name}/length`, [value.name], over);
  const least = builder.floats(`${name}/epsilon`, [], Float32Array.of(epsilon));
  const floor = builder.node('Max', `${name}/floor`, [length, least]);
  return { ...value, name: builder.node('Div', name, [value.name, floor]) };
}

const unfolded = (call: LayerCall): Value => {
  const value = onlyInput(call);
  return value.order === 'flat' ? plain(call.builder, value) : value;
};

/** `UnitNormalization`: what it takes in the length of one. */
export const unitNormalization: Handler = (call) => {
  const value = unfolded(call);
  return unitLength(call, value, axesOf(call, call.layer.config.axis ?? -1, value.shape.length), 1e-7);
};

/** `RMSNormalization`: x / sqrt(mean(x^2) + epsilon), times a weight. */
export const rmsNormalization: Handler = (call) => {
  const { builder, layer } = call;
  const { config, name } = layer;
  const value = unfolded(call);
  const axes = axesOf(call, config.axis ?? -1, value.shape.length);
  const node = (op: string, what: string, inputs: string[]) => builder.node(op, `${name}/${what}`, inputs);
  const over = { axes: ints(axes.map((axis) => graphAxis(value, axis)).sort((a, b) => a - b)), keepdims: int(1) };
  const squares = node('Mul', 'squares', [value.name, value.name]);
  const mean = builder.node('ReduceMean', `${name}/mean`, [squares], over);
  const epsilon = builder.floats(`${name}/epsilon`, [], Float32Array.of(Number(config.epsilon ?? 1e-6)));
  const root = node('Sqrt', 'root', [node('Add', 'floored', [mean, epsilon])]);
  const normal = node('Div', 'normal', [value.name, root]);
  const { dims, values } = weight(call, 'scale', axes.length);
  const sizes = value.shape.map((size, i) => (axes.includes(i + 1) ? size : 1));
  if (sizes.filter((_, i) => axes.includes(i + 1)).join() !== dims.join()) {
    throw refuse(call, `has a scale of [${dims.join(', ')}], and its input has [${value.shape.join(', ')}]`);
  }
  const scale = constantLike(builder, value, `${name}/scale`, sizes, values);
  return { ...value, name: builder.node('Mul', name, [normal, scale]) };
};
