import { ints } from '../../runtime/model/index.js';
import { graphAxis } from '../layout.js';
import { axesOf, type Handler, onlyInput, refuse } from './handler.js';

/** `Permute`: what has its channels first in the graph is moved once, not there and back. */
export const permute: Handler = (call) => {
  const { builder, layer } = call;
  const value = onlyInput(call);
  const rank = value.shape.length;
  const { dims } = layer.config;
  if (!Array.isArray(dims) || axesOf(call, dims, rank).join() !== value.shape.map((_, i) => i + 1).join()) {
    throw refuse(call, `has dims ${JSON.stringify(dims)}, and its input has the axes 1 to ${rank}`);
  }
  if (rank === 1) return value;
  const perm = dims.map((axis) => graphAxis(value, Number(axis)));
  const shape = dims.map((axis) => value.shape[Number(axis) - 1]!);
  if (perm.every((axis, i) => axis === i + 1)) return { ...value, shape, order: 'plain' };
  return {
    name: builder.node('Transpose', layer.name, [value.name], { perm: ints([0, ...perm]) }),
    shape,
    order: 'plain',
  };
};
