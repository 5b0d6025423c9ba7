import { OnwardError } from '../runtime/common/index.js';
import type { GraphBuilder } from './builder.js';
import { type Handler, handlers as ownHandlers } from './layers/index.js';
import { callsInOrder } from './order.js';
import type { Inbound, Layer, LayersModel } from './read/layers-model.js';
import type { Value } from './value.js';

export interface ConvertOptions {
  /** Handlers for layer classes of your own, or instead of ours. */
  readonly handlers?: ReadonlyMap<string, Handler>;
}

/** The input shape that an InputLayer declares, without the batch. */
function inputShape(layer: Layer): number[] {
  const declared = layer.config.batch_input_shape ?? layer.config.batch_shape;
  const shape = Array.isArray(declared) ? declared.slice(1) : [];
  if (shape.length === 0 || shape.some((size) => typeof size !== 'number')) {
    throw new OnwardError(
      'input',
      `the input "${layer.name}" has the shape ${JSON.stringify(declared ?? null)}, and every size but the batch must be known; build the model with a fixed input shape`,
    );
  }
  return shape as number[];
}

/** One error that lists every layer that nobody can write. */
function refuseUnknown(model: LayersModel, handlers: ReadonlyMap<string, Handler>): void {
  const unknown = model.layers.filter((layer) => layer.className !== 'InputLayer' && !handlers.has(layer.className));
  if (unknown.length === 0) return;
  const list = unknown.map((layer) => `"${layer.name}" (${layer.className})`).join(', ');
  throw new OnwardError(
    'input',
    `there is no handler for ${unknown.length === 1 ? 'the layer' : 'the layers'} ${list}; give one in the option \`handlers\`, a Map from class name to handler`,
  );
}

/**
 * Writes every layer that the outputs of a model need into a graph.
 * @param feed what enters at each input layer
 * @returns what the model's outputs are in the graph
 * @throws OnwardError kind `input` for layers without a handler (all of them at once) or with settings that ours lack
 */
export function convert(
  model: LayersModel,
  builder: GraphBuilder,
  feed: (layer: Layer, shape: readonly number[]) => Value,
  { handlers: others }: ConvertOptions = {},
): Value[] {
  const handlers = new Map([...ownHandlers, ...(others ?? [])]);
  refuseUnknown(model, handlers);
  const values = new Map<string, Value>();
  const key = (layer: string, call: number) => `${layer}\u0000${call}`;
  const computed = ({ layer, call, output }: Inbound) => {
    if (output === 0) return values.get(key(layer, call))!;
    throw new OnwardError(
      'input',
      `the topology takes output ${output + 1} of "${layer}", and only layers with one output are known`,
    );
  };
  for (const { layer, index, inputs } of callsInOrder(model)) {
    const value =
      layer.className === 'InputLayer'
        ? feed(layer, inputShape(layer))
        : handlers.get(layer.className)!({ layer, inputs: inputs.map(computed), builder });
    values.set(key(layer.name, index), value);
  }
  return model.outputs.map(computed);
}
