import { constantLike } from '../layout.js';
import { type Handler, onlyInput, refuse, weight } from './handler.js';

/** `PReLU`: below zero each number has its own slope, or shares it along `shared_axes`. */
export const prelu: Handler = (call) => {
  const { builder, layer } = call;
  const value = onlyInput(call);
  const { dims, values } = weight(call, 'alpha', value.shape.length);
  if (!dims.every((size, i) => size === 1 || size === value.shape[i])) {
    throw refuse(call, `has slopes for [${dims.join(', ')}], and its input has [${value.shape.join(', ')}]`);
  }
  const slope = constantLike(builder, value, `${layer.name}/alpha`, dims, values);
  return { ...value, name: builder.node('PRelu', layer.name, [value.name, slope]) };
};
