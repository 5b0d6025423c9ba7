import { OnwardError } from '../../runtime/common/index.js';
import type { GraphBuilder } from '../builder.js';
import { channelsFirst, plain } from '../layout.js';
import type { Given, Layer, Origin, Weight } from '../read/layers-model.js';
import { snake } from '../read/snake-case.js';
import type { Value } from '../value.js';

/** What a handler gets for one call of a layer. */
export interface LayerCall {
  readonly layer: Layer;
  readonly inputs: readonly Value[];
  /** What the call was given beside outputs of layers: see `Given`. */
  readonly given?: Given | undefined;
  /** Who computes what the model predicts, where they differ. */
  readonly origin: Origin;
  readonly builder: GraphBuilder;
  /** Writes a call of another layer: of the one in a wrapper. */
  write(layer: Layer, inputs: readonly Value[]): readonly Value[];
}

/** Writes one call of a layer into the graph and says what comes out: a list where the layer has several outputs. */
export type Handler = (call: LayerCall) => Value | readonly Value[];

/** An error about a layer: `the layer "conv1" (Conv2D) ...`. */
export const refuse = ({ layer }: LayerCall, why: string) =>
  new OnwardError('input', `the layer "${layer.name}" (${layer.className}) ${why}`);

/** Whether Keras, and not TensorFlow.js, computes what the model predicts. */
export const isKeras = ({ origin }: Pick<LayerCall, 'origin'>): boolean => origin !== 'tfjs';

/** The one input of a layer that takes one. */
export function onlyInput(call: LayerCall): Value {
  if (call.inputs.length === 1) return call.inputs[0]!;
  throw refuse(call, `takes one input, got ${call.inputs.length}`);
}

/** What Keras calls the axes of an image, by how many there are beside the channels. */
const spaces: ReadonlyMap<number, string> = new Map([
  [1, 'length'],
  [2, 'height, width'],
  [3, 'depth, height, width'],
]);

/** Whether the layer sees its images as `[channels, height, width]`. */
export function seesChannelsFirst(call: LayerCall): boolean {
  requireConfig(call, 'data_format', ['channels_last', 'channels_first']);
  return snake(String(call.layer.config.data_format)) === 'channels_first';
}

/**
 * The one input of a layer that takes an image, channels first in the graph. A layer that sees channels first itself gets
 * what Keras has, under the name and shape of our own.
 * @param axes how many an image has beside its channels
 */
export function imageInput(call: LayerCall, axes = 2): Value {
  const isFirst = seesChannelsFirst(call);
  const value = onlyInput(call);
  const { shape } = value;
  if (shape.length !== axes + 1) {
    const expected = isFirst ? `channels, ${spaces.get(axes)}` : `${spaces.get(axes)}, channels`;
    throw refuse(call, `takes [${expected}], got [${shape.join(', ')}]`);
  }
  if (!isFirst) return channelsFirst(call.builder, value);
  return { ...plain(call.builder, value), shape: [...shape.slice(1), shape[0]!], order: 'channels-first' };
}

/** What a layer gives that took an `imageInput`: Keras' own again where the layer sees channels first. */
export function imageOutput(call: LayerCall, value: Value): Value {
  if (!seesChannelsFirst(call)) return value;
  return { ...value, shape: [value.shape.at(-1)!, ...value.shape.slice(0, -1)], order: 'plain' };
}

/**
 * A weight that the layer must have.
 * @param rank how many dimensions it must have
 */
export function weight(call: LayerCall, name: string, rank: number): Weight {
  const { weights } = call.layer;
  const found = weights.get(name);
  if (!found) throw refuse(call, `has no weight "${name}"; it has: ${[...weights.keys()].join(', ') || 'none'}`);
  if (found.dims.length === rank) return found;
  throw refuse(call, `has the weight "${name}" of [${found.dims.join(', ')}], expected ${rank} dimensions`);
}

/**
 * The bias, where the layer has one: a number for each that the layer gives, of which there are as many as its config says.
 * @param setting which one of the config: `units`, `filters`
 */
export function biasOf(call: LayerCall, size: number, setting: 'units' | 'filters' | 'none'): Weight | undefined {
  const { config } = call.layer;
  const said = config[setting] ?? size;
  if (said !== size)
    throw refuse(call, `has a kernel that gives ${size} numbers, expected the ${said} of its ${setting}`);
  if (config.use_bias === false) return undefined;
  const bias = weight(call, 'bias', 1);
  if (bias.values.length === size) return bias;
  throw refuse(call, `has ${bias.values.length} numbers as its "bias", expected ${size}`);
}

/** A number for each axis: to Keras, `3` and `[3, 3]` are the same. */
export function each(value: unknown, axes: number): number[] {
  return Array.from({ length: axes }, (_, i) => Number(Array.isArray(value) ? value[i] : value));
}

/**
 * What is put at the begin and the end of each axis of an image: `1`, `[1, 2]` or `[[1, 1], [2, 2]]`; of a sequence, `[1, 2]`
 * are its begin and its end.
 */
export function eachSide(value: unknown, axes = 2): [begin: number, end: number][] {
  const given: unknown = axes === 1 && Array.isArray(value) && !Array.isArray(value[0]) ? [value] : value;
  const sides: unknown[] = Array.isArray(given) ? given : Array(axes).fill(given);
  return Array.from({ length: axes }, (_, i) => {
    const [begin, end] = [sides[i]].flat();
    return [Number(begin), Number(end ?? begin)];
  });
}

/**
 * An axis of the input as the layer's config gives it, counted from the batch, which is 0.
 * @throws OnwardError for the batch, and for an axis that the input does not have
 */
export function axisOf(call: LayerCall, value: unknown, rank: number): number {
  const axis = Number(value);
  const positive = axis < 0 ? axis + rank + 1 : axis;
  if (Number.isInteger(positive) && positive >= 1 && positive <= rank) return positive;
  throw refuse(call, `has axis ${JSON.stringify(value)}, and its input has the axes 1 to ${rank}, or -${rank} to -1`);
}

/** Several axes, sorted: `3` and `[3]` are the same. */
export function axesOf(call: LayerCall, value: unknown, rank: number): number[] {
  const axes = (Array.isArray(value) ? value : [value]).map((axis) => axisOf(call, axis, rank));
  return axes.sort((a, b) => a - b);
}

/** Refuses what a handler cannot write. A setting that is absent is Keras' default, which must be among `supported`. */
export function requireConfig(call: LayerCall, key: string, supported: readonly unknown[]): void {
  const value = call.layer.config[key] ?? undefined;
  if (value === undefined) return;
  // Lists are compared by what is in them, words whichever side wrote them: channelsLast, channels_last.
  const text = JSON.stringify(typeof value === 'string' ? snake(value) : value);
  const known = supported.map((each) => JSON.stringify(each));
  if (!known.includes(text)) throw refuse(call, `has ${key} ${text}, and the exporter knows ${known.join(', ')}`);
}
