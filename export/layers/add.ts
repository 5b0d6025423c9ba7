import { OnwardError } from '../../runtime/common/index.js';
import { plain } from '../layout.js';
import type { Handler } from './handler.js';

/** `Add` of two or more values of one shape (a residual connection). */
export const add: Handler = ({ layer, inputs, builder }) => {
  const first = inputs[0];
  if (!first || inputs.some((value) => value.shape.join() !== first.shape.join())) {
    throw new OnwardError(
      'input',
      `the layer "${layer.name}" (Add) takes values of one shape, got ${inputs.map((v) => `[${v.shape.join(', ')}]`).join(' and ')}`,
    );
  }
  const alike = inputs.every((value) => value.order === first.order)
    ? inputs
    : inputs.map((value) => plain(builder, value));
  let sum = alike[0]!;
  for (const value of alike.slice(1)) {
    sum = { ...sum, name: builder.node('Add', layer.name, [sum.name, value.name]) };
  }
  return sum;
};
