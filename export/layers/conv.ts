import { int, ints } from '../../runtime/model/index.js';
import type { Weight } from '../read/layers-model.js';
import type { Value } from '../value.js';
import { activate } from './activations.js';
import {
  biasOf,
  each,
  type Handler,
  imageInput,
  imageOutput,
  isKeras,
  type LayerCall,
  refuse,
  requireConfig,
  seesChannelsFirst,
  weight,
} from './handler.js';
import { kernelToOnnx } from './kernel.js';
import { imageWindows } from './windows.js';

interface Convolution {
  readonly name: string;
  /** As ONNX wants it. */
  readonly kernel: Weight;
  readonly bias: Weight | undefined;
  readonly group: number;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly paddings?: readonly string[];
}

function convolve(call: LayerCall, image: Value, { name, kernel, bias, group, ...steps }: Convolution): Value {
  const { builder } = call;
  const [filters, channels, ...size] = kernel.dims as [number, number, ...number[]];
  if (channels * group !== image.shape.at(-1)) {
    throw refuse(call, `has a kernel for ${channels * group} channels, and its input has ${image.shape.at(-1)}`);
  }
  const { attributes, space } = imageWindows(call, image, { kernel: size, ...steps });
  const inputs = [image.name, builder.floats(`${name}/kernel`, kernel.dims, kernel.values)];
  if (bias) inputs.push(builder.floats(`${name}/bias`, bias.dims, bias.values));
  const output = builder.node('Conv', name, inputs, {
    ...attributes,
    dilations: ints(steps.dilations),
    group: int(group),
  });
  return { name: output, shape: [...space, filters], order: 'channels-first' };
}

const stepsOf = ({ layer: { config } }: LayerCall, axes: number) => ({
  strides: each(config.strides ?? 1, axes),
  dilations: each(config.dilation_rate ?? 1, axes),
});

/** The activation comes last: its softmax is over the last axis of what Keras has. */
const finished = (call: LayerCall, value: Value) =>
  activate(call.builder, call.layer.config.activation, imageOutput(call, value), `${call.layer.name}/activation`);

/** A convolution over so many axes, also in groups (which TensorFlow.js lacks and Keras has). */
const conv =
  (axes: number, paddings: readonly string[]): Handler =>
  (call) => {
    const kernel = kernelToOnnx(weight(call, 'kernel', axes + 2));
    const value = convolve(call, imageInput(call, axes), {
      name: call.layer.name,
      kernel,
      bias: biasOf(call, kernel.dims[0]!, 'filters'),
      group: Number(call.layer.config.groups ?? 1),
      paddings,
      ...stepsOf(call, axes),
    });
    return finished(call, value);
  };

export const conv2d = conv(2, ['same', 'valid']);
export const conv3d = conv(3, ['same', 'valid']);

/** `Conv1D`, also causal (which TensorFlow.js lacks and Keras has). */
export const conv1d: Handler = (call) => {
  // TensorFlow.js computes channels-first sequences and gives them channels-last, which is not what Keras gives.
  if (!isKeras(call)) requireConfig(call, 'data_format', ['channels_last']);
  return conv(1, ['same', 'valid', 'causal'])(call);
};

/** Each channel by itself. */
const depthwise =
  (axes: number): Handler =>
  (call) => {
    const kernel = weight(call, 'depthwise_kernel', axes + 2);
    const steps = stepsOf(call, axes);
    const value = convolve(call, imageInput(call, axes), {
      name: call.layer.name,
      kernel: kernelToOnnx(kernel, true),
      // It has no filters of its own: as many for each channel as its depth_multiplier.
      bias: biasOf(call, kernel.dims[axes]! * kernel.dims[axes + 1]!, 'none'),
      group: kernel.dims[axes]!,
      ...steps,
      // Keras dilates it; TensorFlow.js 4 reads the setting and ignores it.
      dilations: isKeras(call) ? steps.dilations : steps.dilations.map(() => 1),
    });
    return finished(call, value);
  };

export const depthwiseConv1d = depthwise(1);
export const depthwiseConv2d = depthwise(2);

/** Each channel by itself, then a mixture of them at every pixel. */
const separable =
  (axes: number): Handler =>
  (call) => {
    if (!isKeras(call) && seesChannelsFirst(call)) {
      // TensorFlow.js adds the bias, and applies the activation, to what is channels-last at that point.
      requireConfig(call, 'use_bias', [false]);
      requireConfig(call, 'activation', ['linear', 'relu', 'relu6', 'elu', 'selu', 'sigmoid', 'tanh']);
    }
    const kernel = weight(call, 'depthwise_kernel', axes + 2);
    const apart = convolve(call, imageInput(call, axes), {
      name: `${call.layer.name}/depthwise`,
      kernel: kernelToOnnx(kernel, true),
      bias: undefined,
      group: kernel.dims[axes]!,
      ...stepsOf(call, axes),
      paddings: axes === 1 ? ['same', 'valid', 'causal'] : ['same', 'valid'],
    });
    const pointwise = kernelToOnnx(weight(call, 'pointwise_kernel', axes + 2));
    const value = convolve(call, apart, {
      name: call.layer.name,
      kernel: pointwise,
      bias: biasOf(call, pointwise.dims[0]!, 'filters'),
      group: 1,
      strides: Array<number>(axes).fill(1),
      dilations: Array<number>(axes).fill(1),
      // Of one pixel there is nothing to pad.
      paddings: ['same', 'valid', 'causal'],
    });
    return finished(call, value);
  };

export const separableConv1d = separable(1);
export const separableConv2d = separable(2);
