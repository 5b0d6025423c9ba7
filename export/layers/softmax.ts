import { int, ints } from '../../runtime/model/index.js';
import { graphAxis, plain } from '../layout.js';
import { axesOf, type Handler, onlyInput } from './handler.js';

/** `Softmax` over any axis, or over several as if they were one. */
export const softmax: Handler = (call) => {
  const { builder, layer } = call;
  const given = onlyInput(call);
  const rank = given.shape.length;
  const axes = axesOf(call, layer.config.axis ?? -1, rank);
  if (axes.length === 1) {
    const axis = int(given.order === 'channels-first' ? graphAxis(given, axes[0]!) : axes[0]! === rank ? -1 : axes[0]!);
    return { ...given, name: builder.node('Softmax', layer.name, [given.name], { axis }) };
  }
  // exp(x - log(sum(exp(x)))), which no operator does over several axes without losing what is large.
  const value = given.order === 'flat' ? plain(builder, given) : given;
  const over = { axes: ints(axes.map((axis) => graphAxis(value, axis))), keepdims: int(1) };
  const norm = builder.node('ReduceLogSumExp', `${layer.name}/norm`, [value.name], over);
  const difference = builder.node('Sub', `${layer.name}/log`, [value.name, norm]);
  return { ...value, name: builder.node('Exp', layer.name, [difference]) };
};
