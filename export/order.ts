import { OnwardError } from '../runtime/common/index.js';
import type { Inbound, Layer, LayersModel } from './read/layers-model.js';

/** One call of a layer: a shared layer has several. */
export interface Call {
  readonly layer: Layer;
  readonly index: number;
  readonly inputs: readonly Inbound[];
}

const keyOf = (layer: string, call: number) => `${layer}\u0000${call}`;

/**
 * The calls that a model's outputs need, each after those whose outputs it takes. Topologies list layers in any order,
 * and one layer may take what another call of itself gave.
 * @throws OnwardError kind `input` when a call is not there or takes its own output
 */
export function callsInOrder({ layers, outputs }: LayersModel): Call[] {
  const calls = new Map(
    layers.flatMap((layer) =>
      layer.calls.map((inputs, index): [string, Call] => [keyOf(layer.name, index), { layer, index, inputs }]),
    ),
  );
  const find = ({ layer, call }: Inbound, by: string) => {
    const found = calls.get(keyOf(layer, call));
    if (found) return found;
    throw new OnwardError(
      'input',
      `the topology is damaged: ${by} takes the output of call ${call} of "${layer}", which is not there; save the model again`,
    );
  };
  const state = new Map<Call, 'open' | 'done'>();
  const order: Call[] = [];
  // Depth first, on a stack of our own: a model may be deeper than the language lets functions call each other.
  const stack = outputs.map((output) => find(output, 'the model'));
  for (let call = stack.at(-1); call; call = stack.at(-1)) {
    if (state.get(call) === undefined) {
      state.set(call, 'open');
      for (const input of call.inputs) {
        const before = find(input, `the layer "${call.layer.name}"`);
        // What is open and below on the stack waits for this very call.
        if (state.get(before) === 'open') {
          throw new OnwardError(
            'input',
            `the topology is damaged: the layer "${before.layer.name}" takes its own output; save the model again`,
          );
        }
        if (state.get(before) === undefined) stack.push(before);
      }
      continue;
    }
    stack.pop();
    if (state.get(call) === 'done') continue;
    state.set(call, 'done');
    order.push(call);
  }
  return order;
}
