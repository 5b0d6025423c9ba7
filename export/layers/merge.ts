import type { GraphBuilder } from '../builder.js';
import { plain } from '../layout.js';
import { align, broadcast } from './align.js';
import { type Handler, refuse } from './handler.js';

/** Numbers with numbers, one operator after another. */
const merge =
  (op: string, finish?: (builder: GraphBuilder, name: string, sum: string, count: number) => string): Handler =>
  (call) => {
    const { layer, inputs, builder } = call;
    const shapes = inputs.map((value) => `[${value.shape.join(', ')}]`).join(' and ') || 'none';
    if (inputs.length === 0) throw refuse(call, `takes values, got ${shapes}`);
    const aligned = align(builder, inputs);
    const shape = broadcast(aligned.map((value) => value.shape));
    if (!shape) throw refuse(call, `takes values whose shapes fit together, got ${shapes}`);
    // A flattened image keeps its order only with its like.
    const isSpread = aligned.some((value) => value.order === 'flat' && value.shape[0] !== shape[0]);
    const values = isSpread ? aligned.map((value) => plain(builder, value)) : aligned;
    let merged = values[0]!.name;
    for (const value of values.slice(1)) merged = builder.node(op, layer.name, [merged, value.name]);
    if (finish) merged = finish(builder, layer.name, merged, values.length);
    return { ...values[0]!, name: merged, shape };
  };

export const add = merge('Add');
export const multiply = merge('Mul');
export const maximum = merge('Max');
export const minimum = merge('Min');

export const average = merge('Add', (builder, name, sum, count) =>
  builder.node('Mul', name, [sum, builder.floats(`${name}/part`, [], Float32Array.of(1 / count))]),
);

const difference = merge('Sub');

/** `Subtract`: the first less the second. TensorFlow.js lacks it, Keras has it. */
export const subtract: Handler = (call) => {
  if (call.inputs.length === 2) return difference(call);
  throw refuse(call, `takes two values, got ${call.inputs.length}`);
};
