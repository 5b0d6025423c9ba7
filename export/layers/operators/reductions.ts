import { int, ints } from '../../../runtime/model/index.js';
import { graphAxis, plain } from '../../layout.js';
import type { Value } from '../../value.js';
import { axesOf, type Handler, type LayerCall } from '../handler.js';
import { unitLength } from '../unit-normalization.js';
import { argument, operand } from './arguments.js';

/** Which axes are reduced, counted from the batch, and whether they stay as axes of one. */
function over(call: LayerCall, { shape }: Value) {
  const rank = shape.length;
  const given = argument(call, 1, 'axis');
  // Without an axis, all of them and the batch: which `axesOf` refuses.
  const axes = axesOf(call, given ?? [0], rank);
  return { axes, keeps: argument(call, 2, 'keepdims') === true };
}

/** The mean, the sum, ... along some axes. Along the space of an image its channels need not be moved. */
const reduce =
  (op: string): Handler =>
  (call) => {
    const { builder, layer } = call;
    const given = operand(call);
    const { axes, keeps } = over(call, given);
    const isSpatial = !axes.includes(given.shape.length) && axes.length === given.shape.length - 1;
    const stays = given.order === 'channels-first' && (keeps || isSpatial);
    const value = stays ? given : plain(builder, given);
    const at = axes.map((axis) => graphAxis(value, axis)).sort((a, b) => a - b);
    const shape = value.shape
      .map((size, i) => (axes.includes(i + 1) ? 1 : size))
      .filter((_, i) => keeps || !axes.includes(i + 1));
    const keepdims = int(keeps ? 1 : 0);
    // A sum has its axes as an input in every opset since 13, the others as an attribute until 18.
    const name =
      op === 'ReduceSum'
        ? builder.node(op, layer.name, [value.name, builder.integers(`${layer.name}/axes`, at)], { keepdims })
        : builder.node(op, layer.name, [value.name], { axes: ints(at), keepdims });
    return { name, shape, order: keeps ? value.order : 'plain' };
  };

/** x / max(|x|, epsilon) along an axis. TensorFlow has the square of that number as its epsilon. */
const normalize: Handler = (call) => {
  const value = plain(call.builder, operand(call));
  const { axis, epsilon } = call.layer.config;
  const least = call.origin === 'keras-3' ? Number(epsilon ?? 1e-7) : Math.sqrt(Number(epsilon ?? 1e-12));
  return unitLength(call, value, axesOf(call, axis ?? -1, value.shape.length), least);
};

export const reductions: readonly (readonly [name: string, handler: Handler])[] = [
  ['Max', reduce('ReduceMax')],
  ['Mean', reduce('ReduceMean')],
  ['Min', reduce('ReduceMin')],
  ['Normalize', normalize],
  ['Sum', reduce('ReduceSum')],
];
