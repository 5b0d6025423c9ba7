import { OnwardError } from '../runtime/common/index.js';
import type { GraphBuilder } from './builder.js';
import { type Handler, type LayerCall, handlers as ownHandlers } from './layers/index.js';
import { passMask, takesMasks, withoutMask } from './layers/masks.js';
import { callsInOrder } from './order.js';
import type { Given, Inbound, Layer, LayersModel, Origin } from './read/layers-model.js';
import type { Value } from './value.js';

export interface ConvertOptions {
  /** Handlers for layer classes of your own, or instead of ours. */
  readonly handlers?: ReadonlyMap<string, Handler> | undefined;
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

/** The layers of a model and of the models in it that are no inputs and no models. */
const plainLayers = ({ layers }: LayersModel): Layer[] => layers.flatMap(partsOf);

function partsOf(layer: Layer): Layer[] {
  if (layer.model) return plainLayers(layer.model);
  if (layer.className === 'InputLayer') return [];
  return [layer, ...(layer.wrapped ? partsOf(layer.wrapped) : [])];
}

/** One error that lists every layer that nobody can write. */
function refuseUnknown(model: LayersModel, handlers: ReadonlyMap<string, Handler>): void {
  const unknown = plainLayers(model).filter((layer) => !handlers.has(layer.className));
  if (unknown.length === 0) return;
  const list = unknown.map((layer) => `"${layer.name}" (${layer.className})`).join(', ');
  throw new OnwardError(
    'input',
    `there is no handler for ${unknown.length === 1 ? 'the layer' : 'the layers'} ${list}; give one in the option \`handlers\`, a Map from class name to handler (of the command: --handlers my-handlers.mjs)`,
  );
}

/** What enters at an input layer. */
export type Feed = (layer: Layer, shape: readonly number[]) => Value;

/**
 * Writes every layer that the outputs of a model need into a graph, those of models in it among them.
 * @param feed what enters at each input layer
 * @returns what the model's outputs are in the graph
 * @throws OnwardError kind `input` for layers without a handler (all of them at once) or with settings that ours lack
 */
export function convert(
  model: LayersModel,
  builder: GraphBuilder,
  feed: Feed,
  { handlers: others }: ConvertOptions = {},
): Value[] {
  const handlers = new Map([...ownHandlers, ...(others ?? [])]);
  refuseUnknown(model, handlers);
  return write(model, (layer) => feed(layer, inputShape(layer)), {
    builder,
    handlers,
    origin: model.origin ?? 'tfjs',
  });
}

/** What all calls of a model share, those of models in it among them. */
interface Context {
  readonly builder: GraphBuilder;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly origin: Origin;
}

/** What enters at an input layer: at one of a model in another what that is called with, whatever shape it declares itself. */
type Enter = (layer: Layer) => Value;

function write(model: LayersModel, enter: Enter, context: Context): Value[] {
  const values = new Map<string, readonly Value[]>();
  const key = (layer: string, call: number) => `${layer}\u0000${call}`;
  const computed = ({ layer, call, output }: Inbound) => {
    const outputs = values.get(key(layer, call))!;
    if (output < outputs.length) return outputs[output]!;
    throw new OnwardError(
      'input',
      `the topology takes output ${output + 1} of "${layer}", which has ${outputs.length}; save the model again`,
    );
  };
  for (const { layer, index, inputs } of callsInOrder(model)) {
    const given = inputs.map(computed);
    values.set(key(layer.name, index), writeCall(layer, given, layer.given?.[index], enter, context));
    if (!takesMasks(layer, context.origin)) continue;
    for (const { layer: from, call, output } of inputs) {
      const all = values.get(key(from, call))!;
      values.set(key(from, call), all.with(output, withoutMask(all[output]!)));
    }
  }
  return model.outputs.map(computed);
}

function writeCall(
  layer: Layer,
  inputs: readonly Value[],
  given: Given | undefined,
  enter: Enter,
  context: Context,
): readonly Value[] {
  const { className, model } = layer;
  const { builder, handlers, origin } = context;
  if (className === 'InputLayer') return [enter(layer)];
  if (!model) {
    const call: LayerCall = {
      layer,
      inputs,
      given,
      origin,
      builder,
      write: (other, values) => writeCall(other, values, undefined, enter, context),
    };
    const written = handlers.get(className)!(call);
    return passMask(call, Array.isArray(written) ? written : [written as Value]);
  }
  const places = new Map(model.inputs.map((input, i) => [input.layer, i]));
  if (places.size !== inputs.length) {
    throw new OnwardError('input', `the model "${layer.name}" takes ${places.size} inputs, got ${inputs.length}`);
  }
  return write(model, (inner) => inputs[places.get(inner.name)!]!, context);
}
