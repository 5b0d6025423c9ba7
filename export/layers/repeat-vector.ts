import { plain } from '../layout.js';
import { type Handler, onlyInput, refuse } from './handler.js';

/** `RepeatVector`: a vector, so many times one after another. */
export const repeatVector: Handler = (call) => {
  const { builder, layer } = call;
  const value = plain(builder, onlyInput(call));
  const times = Number(layer.config.n);
  if (value.shape.length !== 1) throw refuse(call, `takes a vector, got [${value.shape.join(', ')}]`);
  if (!Number.isInteger(times) || times < 1) {
    throw refuse(call, `has n ${JSON.stringify(layer.config.n ?? null)}, expected a number from 1 up`);
  }
  const size = value.shape[0]!;
  const one = builder.node('Reshape', `${layer.name}/one`, [
    value.name,
    builder.integers(`${layer.name}/shape`, [-1, 1, size]),
  ]);
  const name = builder.node('Tile', layer.name, [one, builder.integers(`${layer.name}/times`, [1, times, 1])]);
  return { name, shape: [times, size], order: 'plain' };
};
