import { OnwardError } from '../../runtime/common/index.js';
import type { GraphBuilder } from '../builder.js';
import type { Layer } from '../read/layers-model.js';
import type { Value } from '../value.js';

/** What a handler gets for one call of a layer. */
export interface LayerCall {
  readonly layer: Layer;
  readonly inputs: readonly Value[];
  readonly builder: GraphBuilder;
}

/** Writes one call of a layer into the graph and says what comes out. */
export type Handler = (call: LayerCall) => Value;

/** The one input of a layer that takes one. */
export function onlyInput({ layer, inputs }: LayerCall): Value {
  if (inputs.length !== 1) {
    throw new OnwardError(
      'input',
      `the layer "${layer.name}" (${layer.className}) takes one input, got ${inputs.length}`,
    );
  }
  return inputs[0]!;
}

/** A weight that the layer must have. */
export function weight({ layer }: LayerCall, name: string) {
  const found = layer.weights.get(name);
  if (!found) {
    throw new OnwardError(
      'input',
      `the layer "${layer.name}" (${layer.className}) has no weight "${name}"; it has: ${[...layer.weights.keys()].join(', ') || 'none'}`,
    );
  }
  return found;
}

/** `3` and `[3, 3]` are the same to Keras. */
export function pair(value: unknown): [number, number] {
  return Array.isArray(value) ? [Number(value[0]), Number(value[1])] : [Number(value), Number(value)];
}

/** Refuses what a handler cannot write. */
export function requireConfig({ layer }: LayerCall, key: string, supported: readonly unknown[]): void {
  const value = layer.config[key];
  if (value !== undefined && value !== null && !supported.includes(value)) {
    throw new OnwardError(
      'input',
      `the layer "${layer.name}" (${layer.className}) has ${key} ${JSON.stringify(value)}, and the exporter knows ${supported.map((s) => JSON.stringify(s)).join(', ')}`,
    );
  }
}
