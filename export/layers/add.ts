import { channelsFirst, plain } from '../layout.js';
import { type Handler, refuse } from './handler.js';

/** `Add` of two or more values of one shape (a residual connection). */
export const add: Handler = (call) => {
  const { layer, inputs, builder } = call;
  const first = inputs[0];
  if (!first || inputs.some((value) => value.shape.join() !== first.shape.join())) {
    const shapes = inputs.map((value) => `[${value.shape.join(', ')}]`);
    throw refuse(call, `takes values of one shape, got ${shapes.join(' and ') || 'none'}`);
  }
  const isAlike = inputs.every((value) => value.order === first.order && value.image?.join() === first.image?.join());
  const move = first.shape.length === 3 ? channelsFirst : plain;
  const alike = isAlike ? inputs : inputs.map((value) => move(builder, value));
  let sum = alike[0]!;
  for (const value of alike.slice(1)) {
    sum = { ...sum, name: builder.node('Add', layer.name, [sum.name, value.name]) };
  }
  return sum;
};
