import { int, ints } from '../../../runtime/model/index.js';
import { channelsFirst, plain } from '../../layout.js';
import type { Weight } from '../../read/layers-model.js';
import { snake } from '../../read/snake-case.js';
import type { Value } from '../../value.js';
import { activate } from '../activations.js';
import { each, type LayerCall, refuse, requireConfig } from '../handler.js';
import { kernelToOnnx } from '../kernel.js';
import { windowOf } from '../windows.js';
import { findWeight } from './cell.js';
import { lstmStates } from './lstm-states.js';
import { maskOf, type Recurrence, type RecurrenceCall } from './recurrence.js';
import { freeze, overSteps, stepsOf } from './unrolled.js';

/** A ConvLSTM2D's constants in the graph, and the sizes that follow from its config. */
function readCell(call: RecurrenceCall, height: number, width: number) {
  const { builder, recurrent, name } = call;
  const { config, weights } = recurrent;
  const kernel = findWeight(call, weights, 'kernel', 4);
  const recurrentKernel = findWeight(call, weights, 'recurrent_kernel', 4);
  const bias = config.use_bias === false ? undefined : findWeight(call, weights, 'bias', 1);
  const [kh, kw, channels] = kernel.dims as [number, number, number];
  const [strides, dilations] = [each(config.strides ?? 1, 2), each(config.dilation_rate ?? 1, 2)];
  const padding = snake(String(config.padding ?? 'valid'));
  const y = windowOf(height, kh, strides[0]!, dilations[0]!, padding);
  const x = windowOf(width, kw, strides[1]!, dilations[1]!, padding);
  if (!(y.out >= 1 && x.out >= 1)) {
    throw refuse(call, `has windows of ${kh}x${kw}, which do not fit into an image of ${height}x${width}`);
  }
  // What comes back is as large as it was, whatever the padding of the input.
  const [top, left] = [windowOf(y.out, kh, 1, 1, 'same'), windowOf(x.out, kw, 1, 1, 'same')];
  const constant = (what: string, weight: Weight) => {
    const { dims, values } = kernelToOnnx(weight);
    return builder.floats(`${name}/${what}`, dims, values);
  };
  return {
    channels,
    filters: recurrentKernel.dims[2]!,
    size: [y.out, x.out] as const,
    input: [constant('kernel', kernel), ...(bias ? [builder.floats(`${name}/bias`, bias.dims, bias.values)] : [])],
    inputAttributes: {
      kernel_shape: ints([kh, kw]),
      strides: ints(strides),
      dilations: ints(dilations),
      pads: ints([y.begin, x.begin, y.end, x.end]),
    },
    recurrent: constant('recurrent_kernel', recurrentKernel),
    recurrentAttributes: {
      kernel_shape: ints([kh, kw]),
      pads: ints([top.begin, left.begin, top.end, left.end]),
    },
  };
}

/** The masks of the steps, each to be broadcast over `[N, filters, height, width]`. */
function masksOf(call: RecurrenceCall, size: readonly number[], isLast: boolean): string[] | undefined {
  const { builder, name, sequence } = call;
  const mask = maskOf(call, sequence);
  if (!mask) return undefined;
  const [steps, ...pixels] = mask.shape as [number, ...number[]];
  // TensorFlow.js masks each pixel by itself, and can only where there are as many of them after the convolution.
  const isPixels = isLast && pixels.join() === size.join();
  if (pixels.length > 0 && !isPixels) {
    throw refuse(
      call,
      `has a mask of [${mask.shape.join(', ')}], expected one of each step, or of each pixel of [${size.join(', ')}]`,
    );
  }
  const axes = builder.integers(`${name}/mask/axes`, [2, 3]);
  const all = isPixels ? mask.name : builder.node('Unsqueeze', `${name}/mask`, [mask.name, axes]);
  return stepsOf(builder, all, steps, `${name}/masks`);
}

/** `ConvLSTM2D`, unrolled: an LSTM whose products are convolutions, over a sequence of images. */
export function runConvLstm(call: RecurrenceCall): Recurrence {
  const { builder, recurrent, name, sequence, initial, backwards } = call;
  const { config } = recurrent;
  const { shape } = sequence;
  if (shape.length !== 4) throw refuse(call, `takes a sequence of images, got [${shape.join(', ')}]`);
  const described: LayerCall = { ...call, layer: { ...call.layer, config } };
  requireConfig(described, 'padding', ['same', 'valid']);
  requireConfig(described, 'data_format', ['channels_last', 'channels_first']);
  const isLast = snake(String(config.data_format ?? 'channels_last')) === 'channels_last';
  const [steps, ...image] = shape as [number, number, number, number];
  const [height, width, channels] = isLast ? image : ([image[1], image[2], image[0]] as const);
  const cell = readCell(call, height!, width!);
  if (cell.channels !== channels) {
    throw refuse(call, `has a kernel for ${cell.channels} channels, and its input has ${channels}`);
  }
  if (initial.length > 0 && initial.length !== 2) {
    throw refuse(call, `has 2 states, and takes ${initial.length} as its initial ones`);
  }
  const { filters, size } = cell;
  const reshape = (value: string, dims: readonly number[], at: string, what: string) =>
    builder.node('Reshape', at, [value, builder.integers(`${name}/${what}`, [-1, ...dims])]);

  // The images of all steps are convolved at once.
  const images = reshape(plain(builder, sequence).name, image, `${name}/images`, 'image');
  const moved = isLast ? builder.node('Transpose', `${name}/nchw`, [images], { perm: ints([0, 3, 1, 2]) }) : images;
  const convolved = builder.node('Conv', `${name}/conv`, [moved, ...cell.input], cell.inputAttributes);
  const gates = [4 * filters, ...size];
  const apart = reshape(convolved, [steps, ...gates], `${name}/convolved`, 'convolved/shape');
  const projected = stepsOf(builder, apart, steps, `${name}/inputs`);
  const masks = masksOf(call, size, isLast);

  const asState = (state: string): Value =>
    isLast
      ? { name: state, shape: [...size, filters], order: 'channels-first' }
      : { name: state, shape: [filters, ...size], order: 'plain' };
  const active = (activation: unknown) => (value: string, at: string) =>
    activate(builder, activation, asState(value), at).name;
  let states: string[] | undefined = initial.length
    ? initial.map((state) => (isLast ? channelsFirst(builder, state) : plain(builder, state)).name)
    : undefined;
  const one = builder.integers(`${name}/step`, [1]);
  const split = builder.integers(`${name}/gates`, new Array(4).fill(filters));
  const outputs = overSteps(steps, backwards, (t) => {
    const at = `${name}/${t}`;
    let sum = reshape(projected[t]!, gates, `${at}/image`, 'gates/shape');
    if (states) {
      const back = builder.node('Conv', `${at}/conv`, [states[0]!, cell.recurrent], cell.recurrentAttributes);
      sum = builder.node('Add', `${at}/sum`, [sum, back]);
    }
    const four = builder.nodes('Split', `${at}/gates`, 4, [sum, split], { axis: int(1) });
    const fresh = lstmStates({
      builder,
      name: at,
      gates: four as [string, string, string, string],
      carry: states?.[1],
      gate: active(config.recurrent_activation),
      activate: active(config.activation),
    });
    states = masks ? freeze(builder, masks[t]!, fresh, states, at) : fresh;
    return builder.node('Unsqueeze', `${at}/step`, [states[0]!, one]);
  });
  const all = builder.node('Concat', `${name}/steps`, outputs, { axis: int(1) });
  return {
    outputs: {
      name: isLast ? builder.node('Transpose', `${name}/nhwc`, [all], { perm: ints([0, 1, 3, 4, 2]) }) : all,
      shape: [steps, ...asState('').shape],
      order: 'plain',
    },
    states: states!.map(asState),
  };
}
