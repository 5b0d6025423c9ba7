import { int, ints } from '../../runtime/model/index.js';
import { flatOrder, plain } from '../layout.js';
import type { Weight } from '../read/layers-model.js';
import type { Value } from '../value.js';
import { activate } from './activations.js';
import { biasOf, type Handler, type LayerCall, onlyInput, refuse, weight } from './handler.js';
import { kernelToOnnx } from './kernel.js';

/** Over the channels of an image whose channels lie first: a convolution of one pixel. */
function mixture(call: LayerCall, value: Value, kernel: Weight): Value {
  const { builder, layer } = call;
  const { name, config } = layer;
  const space = value.shape.slice(0, -1);
  const { dims, values } = kernelToOnnx({ ...kernel, dims: [...space.map(() => 1), ...kernel.dims] });
  const bias = biasOf(call, dims[0]!, 'units');
  const inputs = [value.name, builder.floats(`${name}/kernel`, dims, values)];
  if (bias) inputs.push(builder.floats(`${name}/bias`, bias.dims, bias.values));
  const ones = ints(space.map(() => 1));
  const zeros = ints([...space, ...space].map(() => 0));
  const attributes = { kernel_shape: ones, strides: ones, dilations: ones, pads: zeros, group: int(1) };
  const output: Value = {
    name: builder.node('Conv', name, inputs, attributes),
    shape: [...space, dims[0]!],
    order: 'channels-first',
  };
  return activate(builder, config.activation, output, `${name}/activation`);
}

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
  if (given.order === 'channels-first') return mixture(call, given, kernel);
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
