import { plain } from '../../layout.js';
import { type Handler, onlyInput, refuse } from '../handler.js';
import { loseMask } from '../masks.js';

/** `TimeDistributed`: a layer on every step by itself. No layer mixes what is in a batch, so the steps become one. */
export const timeDistributed: Handler = (call) => {
  const { layer, builder, write } = call;
  const inner = layer.wrapped;
  const { shape, mask, ...input } = plain(builder, onlyInput(call));
  const [steps, ...step] = shape;
  if (!inner || steps === undefined || step.length === 0) {
    throw refuse(call, `takes a sequence of values, got [${shape.join(', ')}]`);
  }
  const reshape = (value: string, dims: readonly number[], name: string) =>
    builder.node('Reshape', name, [value, builder.integers(`${name}/shape`, [-1, ...dims])]);
  const name = reshape(input.name, step, `${layer.name}/steps`);
  // The names of a wrapped layer need not be unique in the model.
  const named = inner.model ? inner : { ...inner, name: `${layer.name}/${inner.name}` };
  const outputs = write(named, [loseMask({ ...input, name, shape: step, ...(mask && { mask }) }, mask, layer)]);
  if (outputs.length !== 1)
    throw refuse(call, `wraps "${inner.name}", which has ${outputs.length} outputs, expected one`);
  const output = plain(builder, outputs[0]!);
  const all = [steps, ...output.shape];
  return { name: reshape(output.name, all, layer.name), shape: all, order: 'plain' };
};
