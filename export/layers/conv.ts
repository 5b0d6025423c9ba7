import { int, ints } from '../../runtime/model/index.js';
import { channelsFirst } from '../layout.js';
import type { Weight } from '../read/layers-model.js';
import type { Value } from '../value.js';
import { activate } from './activations.js';
import { type Handler, type LayerCall, onlyInput, pair, requireConfig, weight } from './handler.js';
import { imageWindow } from './windows.js';

/**
 * A kernel as ONNX wants it: from `[kh, kw, in, out]` to `[out, in, kh, kw]`.
 * @param depthwise Keras' depthwise kernel is `[kh, kw, in, multiplier]`, ONNX's `[in * multiplier, 1, kh, kw]`
 */
export function kernelToOnnx({ dims, values }: Weight, depthwise = false): Weight {
  const [kh, kw, inputs, outputs] = dims as [number, number, number, number];
  const result = new Float32Array(values.length);
  const area = kh * kw;
  let from = 0;
  for (let pixel = 0; pixel < area; pixel++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++, from++) {
        const filter = depthwise ? i * outputs + o : o * inputs + i;
        result[filter * area + pixel] = values[from]!;
      }
    }
  }
  return { dims: depthwise ? [inputs * outputs, 1, kh, kw] : [outputs, inputs, kh, kw], values: result };
}

function convolve(
  call: LayerCall,
  input: Value,
  kernel: Weight,
  {
    name,
    group,
    bias,
    pointwise = false,
  }: { name: string; group: number; bias: Weight | undefined; pointwise?: boolean },
): Value {
  const { builder, layer } = call;
  const image = channelsFirst(builder, input);
  const [filters, , kh, kw] = kernel.dims as [number, number, number, number];
  const strides = pointwise ? ([1, 1] as [number, number]) : pair(layer.config.strides ?? 1);
  const dilations = pointwise ? ([1, 1] as [number, number]) : pair(layer.config.dilation_rate ?? 1);
  const { pads, height, width } = imageWindow(image.shape, [kh, kw], strides, dilations, String(layer.config.padding));
  const inputs = [image.name, builder.floats(`${name}/kernel`, kernel.dims, kernel.values)];
  if (bias) inputs.push(builder.floats(`${name}/bias`, bias.dims, bias.values));
  const output = builder.node('Conv', name, inputs, {
    kernel_shape: ints([kh, kw]),
    strides: ints(strides),
    pads: ints(pads),
    dilations: ints(dilations),
    group: int(group),
  });
  return { name: output, shape: [height, width, filters], order: 'channels-first' };
}

const requireImage = (call: LayerCall) => {
  requireConfig(call, 'data_format', ['channels_last']);
  requireConfig(call, 'padding', ['same', 'valid']);
};

export const conv2d: Handler = (call) => {
  requireImage(call);
  const kernel = kernelToOnnx(weight(call, 'kernel'));
  const value = convolve(call, onlyInput(call), kernel, {
    name: call.layer.name,
    group: 1,
    bias: call.layer.weights.get('bias'),
  });
  return activate(call.builder, call.layer.config.activation, value, `${call.layer.name}/activation`);
};

export const depthwiseConv2d: Handler = (call) => {
  requireImage(call);
  const input = onlyInput(call);
  const kernel = kernelToOnnx(weight(call, 'depthwise_kernel'), true);
  const value = convolve(call, input, kernel, {
    name: call.layer.name,
    group: input.shape[2]!,
    bias: call.layer.weights.get('bias'),
  });
  return activate(call.builder, call.layer.config.activation, value, `${call.layer.name}/activation`);
};

export const separableConv2d: Handler = (call) => {
  requireImage(call);
  const input = onlyInput(call);
  const depthwise = convolve(call, input, kernelToOnnx(weight(call, 'depthwise_kernel'), true), {
    name: `${call.layer.name}/depthwise`,
    group: input.shape[2]!,
    bias: undefined,
  });
  const value = convolve(call, depthwise, kernelToOnnx(weight(call, 'pointwise_kernel')), {
    name: call.layer.name,
    group: 1,
    bias: call.layer.weights.get('bias'),
    pointwise: true,
  });
  return activate(call.builder, call.layer.config.activation, value, `${call.layer.name}/activation`);
};
