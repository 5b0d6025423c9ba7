import { plain } from '../layout.js';
import type { Weight } from '../read/layers-model.js';
import type { Value } from '../value.js';
import { activate } from './activations.js';
import { type Handler, onlyInput, weight } from './handler.js';

/** The rows of a kernel in the order in which a flattened channels-first image comes: row h, w, c moves to c, h, w. */
function reorderRows({ dims, values }: Weight, [height, width, channels]: readonly [number, number, number]): Weight {
  const units = dims[1]!;
  const result = new Float32Array(values.length);
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let c = 0; c < channels; c++) {
      const row = values.subarray((pixel * channels + c) * units, (pixel * channels + c + 1) * units);
      result.set(row, (c * height * width + pixel) * units);
    }
  }
  return { dims, values: result };
}

export const dense: Handler = (call) => {
  const { builder, layer } = call;
  let input = onlyInput(call);
  let kernel = weight(call, 'kernel');
  // A flattened image costs nothing: the kernel's rows are put in its order instead.
  if (input.order === 'flat') kernel = reorderRows(kernel, input.image!);
  else input = plain(builder, input);

  const units = kernel.dims[1]!;
  const bias = layer.weights.get('bias');
  const constants = [builder.floats(`${layer.name}/kernel`, kernel.dims, kernel.values)];
  if (bias) constants.push(builder.floats(`${layer.name}/bias`, bias.dims, bias.values));
  const shape = [...input.shape.slice(0, -1), units];
  let name: string;
  if (input.shape.length === 1) {
    name = builder.node('Gemm', layer.name, [input.name, ...constants]);
  } else {
    // Gemm takes matrices only; with more axes the product broadcasts.
    name = builder.node('MatMul', bias ? `${layer.name}/product` : layer.name, [input.name, constants[0]!]);
    if (bias) name = builder.node('Add', layer.name, [name, constants[1]!]);
  }
  const value: Value = { name, shape, order: 'plain' };
  return activate(builder, layer.config.activation, value, `${layer.name}/activation`);
};
