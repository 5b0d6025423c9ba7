import { ints } from '../../runtime/model/index.js';
import type { Weight } from '../read/layers-model.js';
import { activate } from './activations.js';
import { biasOf, each, type Handler, imageInput, imageOutput, refuse, requireConfig, weight } from './handler.js';
import { kernelToOnnx } from './kernel.js';

/**
 * One axis of a transposed convolution: it gives what a convolution with the same kernel, stride and padding would take.
 * Of the `(size - 1) * stride + kernel` numbers that the windows cover, `same` keeps `size * stride`, cutting the odd one at
 * the end; where the windows leave gaps (kernel < stride) the end is filled up.
 */
function spread(size: number, kernel: number, stride: number, padding: string) {
  const cut = padding === 'same' ? Math.max(kernel - stride, 0) : 0;
  const begin = Math.floor(cut / 2);
  const fill = Math.max(stride - kernel, 0);
  return { begin, end: cut - begin, fill, out: (size - 1) * stride + kernel - cut + fill };
}

/** A transposed convolution over so many axes. */
const convTranspose =
  (axes: number): Handler =>
  (call) => {
    const { builder, layer } = call;
    const { config, name } = layer;
    requireConfig(call, 'padding', ['same', 'valid']);
    requireConfig(call, 'dilation_rate', [1, Array(axes).fill(1)]);
    if (!(config.output_padding === null || config.output_padding === undefined))
      throw refuse(
        call,
        `has output_padding ${JSON.stringify(config.output_padding)}, which is not written; leave it out`,
      );
    const image = imageInput(call, axes);
    const given = weight(call, 'kernel', axes + 2);
    // Keras has [...space, out, in]; ONNX [in, out, ...space], which is what a convolution the other way round has.
    const kernel: Weight = kernelToOnnx(given);
    const [channels, filters, ...size] = kernel.dims as [number, number, ...number[]];
    if (channels !== image.shape.at(-1)) {
      throw refuse(call, `has a kernel for ${channels} channels, and its input has ${image.shape.at(-1)}`);
    }
    const strides = each(config.strides ?? 1, axes);
    const along = strides.map((stride, i) => spread(image.shape[i]!, size[i]!, stride, String(config.padding)));
    const inputs = [image.name, builder.floats(`${name}/kernel`, kernel.dims, kernel.values)];
    const bias = biasOf(call, filters, 'filters');
    if (bias) inputs.push(builder.floats(`${name}/bias`, bias.dims, bias.values));
    const output = builder.node('ConvTranspose', name, inputs, {
      kernel_shape: ints(size),
      strides: ints(strides),
      pads: ints([...along.map(({ begin }) => begin), ...along.map(({ end }) => end)]),
      output_padding: ints(along.map(({ fill }) => fill)),
    });
    const shape = [...along.map(({ out }) => out), filters];
    const value = imageOutput(call, { name: output, shape, order: 'channels-first' });
    return activate(builder, config.activation, value, `${name}/activation`);
  };

export const conv1dTranspose = convTranspose(1);
export const conv2dTranspose = convTranspose(2);
export const conv3dTranspose = convTranspose(3);
