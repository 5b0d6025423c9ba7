import { text } from '../../runtime/model/index.js';
import { plain } from '../layout.js';
import { activate } from './activations.js';
import { type Handler, onlyInput, refuse } from './handler.js';

/** `EinsumDense`: a product with a kernel along the axes that an equation names. */
export const einsumDense: Handler = (call) => {
  const { builder, layer } = call;
  const { name, config, weights } = layer;
  const value = plain(builder, onlyInput(call));
  const equation = String(config.equation).replace(/\s/g, '');
  const kernel = weights.get('kernel');
  const [, left = '', factor = '', right = ''] = /^([a-zA-Z.]+),([a-zA-Z]+)->([a-zA-Z.]+)$/.exec(equation) ?? [];
  const rank = value.shape.length + 1;
  // The dots are as many axes as the value has beside those that are named.
  const spare = [...'ZYXWVUTSRQ'].filter((letter) => !equation.includes(letter));
  const dots = spare.slice(0, Math.max(rank - left.replace('...', '').length, 0)).join('');
  const [x, y] = [left, right].map((axes) => axes.replace('...', dots)) as [string, string];
  if (!kernel || kernel.dims.length !== factor.length || x.length !== rank || x[0] !== y[0] || /\./.test(x + y)) {
    throw refuse(
      call,
      `computes ${JSON.stringify(config.equation)} of [N, ${value.shape.join(', ')}], which is not written`,
    );
  }
  const sizes = new Map([
    ...[...x].slice(1).map((axis, i) => [axis, value.shape[i]!] as const),
    ...[...factor].map((axis, i) => [axis, kernel.dims[i]!] as const),
  ]);
  const shape = [...y].slice(1).map((axis) => sizes.get(axis)!);
  const constant = builder.floats(`${name}/kernel`, kernel.dims, kernel.values);
  const bias = weights.get('bias');
  const isUsed = bias && config.bias_axes !== null && config.bias_axes !== undefined;
  const own = isUsed ? `${name}/product` : name;
  // The last axis into another is what Dense computes.
  const isDense = factor.length === 2 && x.at(-1) === factor[0] && y === x.slice(0, -1) + factor[1];
  let output = isDense
    ? builder.node('MatMul', own, [value.name, constant])
    : builder.node('Einsum', own, [value.name, constant], { equation: text(`${x},${factor}->${y}`) });
  if (isUsed) output = builder.node('Add', name, [output, builder.floats(`${name}/bias`, bias.dims, bias.values)]);
  return activate(builder, config.activation, { name: output, shape, order: 'plain' }, `${name}/activation`);
};
