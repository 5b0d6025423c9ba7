import { flatOrder, plain } from '../layout.js';
import { activate } from './activations.js';
import { biasOf, type Handler, onlyInput, refuse, weight } from './handler.js';

/** `Dense` over the last axis. */
export const dense: Handler = (call) => {
  const { builder, layer } = call;
  const given = onlyInput(call);
  const kernel = weight(call, 'kernel', 2);
  const [rows, units] = kernel.dims as [number, number];
  if (rows !== given.shape.at(-1)) {
    throw refuse(call, `has a kernel for ${rows} numbers, and its input has [${given.shape.join(', ')}]`);
  }
  // A flattened image costs nothing: the kernel's rows are put in its order instead.
  const values = given.order === 'flat' ? flatOrder(kernel.values, units, given.image!) : kernel.values;
  const input = given.order === 'flat' ? given : plain(builder, given);

  const bias = biasOf(call, units, 'units');
  const constants = [builder.floats(`${layer.name}/kernel`, kernel.dims, values)];
  if (bias) constants.push(builder.floats(`${layer.name}/bias`, bias.dims, bias.values));
  let name: string;
  if (input.shape.length === 1) {
    name = builder.node('Gemm', layer.name, [input.name, ...constants]);
  } else {
    // Gemm takes matrices only; with more axes the product broadcasts.
    name = builder.node('MatMul', bias ? `${layer.name}/product` : layer.name, [input.name, constants[0]!]);
    if (bias) name = builder.node('Add', layer.name, [name, constants[1]!]);
  }
  const shape = [...input.shape.slice(0, -1), units];
  return activate(builder, layer.config.activation, { name, shape, order: 'plain' }, `${layer.name}/activation`);
};
