import { int, ints } from '../../runtime/model/index.js';
import type { Weight } from '../read/layers-model.js';
import type { Value } from '../value.js';
import { activate } from './activations.js';
import { biasOf, type Handler, imageInput, type LayerCall, pair, refuse, requireConfig, weight } from './handler.js';
import { imageWindows } from './windows.js';

/**
 * A kernel as ONNX wants it: from `[kh, kw, in, out]` to `[out, in, kh, kw]`.
 * @param depthwise Keras' depthwise kernel is `[kh, kw, in, multiplier]`, ONNX's `[in * multiplier, 1, kh, kw]`
 */
function kernelToOnnx({ dims, values }: Weight, depthwise = false): Weight {
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

interface Convolution {
  readonly name: string;
  /** As ONNX wants it. */
  readonly kernel: Weight;
  readonly bias: Weight | undefined;
  readonly group: number;
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
}

function convolve(call: LayerCall, image: Value, { name, kernel, bias, group, ...steps }: Convolution): Value {
  const { builder } = call;
  const [filters, channels, ...size] = kernel.dims as [number, number, number, number];
  if (channels * group !== image.shape[2]) {
    throw refuse(call, `has a kernel for ${channels * group} channels, and its input has ${image.shape[2]}`);
  }
  const { attributes, height, width } = imageWindows(call, image, { kernel: size, ...steps });
  const inputs = [image.name, builder.floats(`${name}/kernel`, kernel.dims, kernel.values)];
  if (bias) inputs.push(builder.floats(`${name}/bias`, bias.dims, bias.values));
  const output = builder.node('Conv', name, inputs, {
    ...attributes,
    dilations: ints(steps.dilations),
    group: int(group),
  });
  return { name: output, shape: [height, width, filters], order: 'channels-first' };
}

const stepsOf = ({ layer: { config } }: LayerCall) => ({
  strides: pair(config.strides ?? 1),
  dilations: pair(config.dilation_rate ?? 1),
});

const activated = (call: LayerCall, value: Value) =>
  activate(call.builder, call.layer.config.activation, value, `${call.layer.name}/activation`);

/** `Conv2D`, also in groups (which TensorFlow.js lacks and Keras has). */
export const conv2d: Handler = (call) => {
  const value = convolve(call, imageInput(call), {
    name: call.layer.name,
    kernel: kernelToOnnx(weight(call, 'kernel', 4)),
    bias: biasOf(call),
    group: Number(call.layer.config.groups ?? 1),
    ...stepsOf(call),
  });
  return activated(call, value);
};

/** `DepthwiseConv2D`: each channel by itself. */
export const depthwiseConv2d: Handler = (call) => {
  // Keras dilates it; TensorFlow.js 4 reads the setting and ignores it. One of the two would predict something else.
  requireConfig(call, 'dilation_rate', [1, [1, 1]]);
  const kernel = weight(call, 'depthwise_kernel', 4);
  const value = convolve(call, imageInput(call), {
    name: call.layer.name,
    kernel: kernelToOnnx(kernel, true),
    bias: biasOf(call),
    group: kernel.dims[2]!,
    ...stepsOf(call),
  });
  return activated(call, value);
};

/** `SeparableConv2D`: each channel by itself, then a mixture of them at every pixel. */
export const separableConv2d: Handler = (call) => {
  const kernel = weight(call, 'depthwise_kernel', 4);
  const depthwise = convolve(call, imageInput(call), {
    name: `${call.layer.name}/depthwise`,
    kernel: kernelToOnnx(kernel, true),
    bias: undefined,
    group: kernel.dims[2]!,
    ...stepsOf(call),
  });
  const value = convolve(call, depthwise, {
    name: call.layer.name,
    kernel: kernelToOnnx(weight(call, 'pointwise_kernel', 4)),
    bias: biasOf(call),
    group: 1,
    strides: [1, 1],
    dilations: [1, 1],
  });
  return activated(call, value);
};
