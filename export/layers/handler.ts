import { OnwardError } from '../../runtime/common/index.js';
import type { GraphBuilder } from '../builder.js';
import { channelsFirst } from '../layout.js';
import type { Layer, Weight } from '../read/layers-model.js';
import { snake } from '../read/snake-case.js';
import type { Value } from '../value.js';

/** What a handler gets for one call of a layer. */
export interface LayerCall {
  readonly layer: Layer;
  readonly inputs: readonly Value[];
  readonly builder: GraphBuilder;
  /** Writes a call of another layer: of the one in a wrapper. */
  write(layer: Layer, inputs: readonly Value[]): readonly Value[];
}

/** Writes one call of a layer into the graph and says what comes out: a list where the layer has several outputs. */
export type Handler = (call: LayerCall) => Value | readonly Value[];

/** An error about a layer: `the layer "conv1" (Conv2D) ...`. */
export const refuse = ({ layer }: LayerCall, why: string) =>
  new OnwardError('input', `the layer "${layer.name}" (${layer.className}) ${why}`);

/** The one input of a layer that takes one. */
export function onlyInput(call: LayerCall): Value {
  if (call.inputs.length === 1) return call.inputs[0]!;
  throw refuse(call, `takes one input, got ${call.inputs.length}`);
}

/** The one input of a layer that takes an image, channels first in the graph. */
export function imageInput(call: LayerCall): Value {
  requireConfig(call, 'data_format', ['channels_last']);
  const value = onlyInput(call);
  if (value.shape.length === 3) return channelsFirst(call.builder, value);
  throw refuse(call, `takes [height, width, channels], got [${value.shape.join(', ')}]`);
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

/** The bias, where the layer has one. */
export const biasOf = (call: LayerCall): Weight | undefined =>
  call.layer.config.use_bias === false ? undefined : weight(call, 'bias', 1);

/** `3` and `[3, 3]` are the same to Keras. */
export function pair(value: unknown): [number, number] {
  return Array.isArray(value) ? [Number(value[0]), Number(value[1])] : [Number(value), Number(value)];
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
