import { z } from 'zod';
import { OnwardError } from '../../runtime/common/index.js';
import { issueOf } from '../../runtime/model/index.js';
import type { Inbound, Layer, LayersModel, Weight } from './layers-model.js';
import { snakeKeys } from './snake-case.js';

/** `["conv", 0, 0, {}]`, as TensorFlow.js and Keras 2 write it. */
const inboundSchema = z
  .tuple([z.string(), z.int().min(0), z.int().min(0)])
  .rest(z.unknown())
  .transform(([layer, call, output]): Inbound => ({ layer, call, output }));

/** Keras 3 writes one input without the list around it. */
const endsSchema = z.union([z.array(inboundSchema), inboundSchema.transform((end) => [end])]);

const layerSchema = z.object({
  class_name: z.string(),
  name: z.string().optional(),
  config: z.record(z.string(), z.unknown()),
  inbound_nodes: z.array(z.array(inboundSchema)).default([]),
});
type RawLayer = z.infer<typeof layerSchema>;

const layersSchema = z.array(layerSchema).min(1);
const sequentialSchema = z.union([
  z.object({ name: z.string().default('sequential'), layers: layersSchema }),
  layersSchema.transform((layers) => ({ name: 'sequential', layers })),
]);
const functionalSchema = z.object({
  name: z.string().default('model'),
  layers: layersSchema,
  input_layers: endsSchema,
  output_layers: endsSchema,
});

const wrong = (what: string) =>
  new OnwardError('input', `expected a Keras layers topology, but ${what}; save the model with tf.LayersModel.save`);

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw wrong(`its config is of an unknown form (${issueOf(error)})`);
}

const nameOf = (raw: RawLayer) => raw.name ?? String(raw.config.name);

/** The weights of a layer by short name: TensorFlow.js calls them `<layer>/<weight>`. */
function weightsOf(layer: string, weights: ReadonlyMap<string, Weight>): Map<string, Weight> {
  const prefix = `${layer}/`;
  const own = [...weights].filter(([name]) => name.startsWith(prefix));
  return new Map(own.map(([name, weight]) => [name.slice(prefix.length), weight]));
}

const modelClasses: ReadonlySet<unknown> = new Set(['Sequential', 'Model', 'Functional']);

const wrapperClasses: ReadonlySet<string> = new Set(['Bidirectional', 'TimeDistributed']);
const wrapperSchema = z.object({ layer: layerSchema });

/** A model counts its calls from 1: call 0 is the one with its own inputs, in it. */
const firstOutput = (raw: RawLayer): Inbound => ({
  layer: nameOf(raw),
  call: modelClasses.has(raw.class_name) ? 1 : 0,
  output: 0,
});

/** The config that says the shape of what enters a layer: of a model, that of its first layer. */
function inputConfig(layer: RawLayer): RawLayer['config'] {
  if (!modelClasses.has(layer.class_name)) return layer.config;
  const { layers } = parse(z.union([sequentialSchema, z.object({ layers: layersSchema })]), layer.config);
  return inputConfig(layers[0]!);
}

/** A Sequential topology names no connections: each layer takes what the one before it gives. */
function sequentialLayers(raw: readonly RawLayer[]): RawLayer[] {
  const first = raw[0]!;
  const name = `${nameOf(first)}_input`;
  const input = { class_name: 'InputLayer', name, config: inputConfig(first), inbound_nodes: [] };
  const all = first.class_name === 'InputLayer' ? raw : [input, ...raw];
  return all.map((layer, i) => ({ ...layer, inbound_nodes: i === 0 ? [] : [[firstOutput(all[i - 1]!)]] }));
}

/** Where a layer is called. An input layer is, once, with nothing. */
function callsOf({ class_name, inbound_nodes: nodes }: RawLayer): Inbound[][] {
  if (modelClasses.has(class_name)) return [[], ...nodes];
  return nodes.length > 0 ? nodes : [[]];
}

function readLayers(raw: readonly RawLayer[], weights: ReadonlyMap<string, Weight>): Layer[] {
  const seen = new Set<string>();
  return raw.map((layer) => {
    const name = nameOf(layer);
    if (seen.has(name)) throw wrong(`it has two layers with the name "${name}"`);
    seen.add(name);
    return readLayer(layer, weightsOf(name, weights), weights);
  });
}

/** @param own the weights of the layer by short name: of one in a wrapper, the wrapper's */
function readLayer(raw: RawLayer, own: Map<string, Weight>, weights: ReadonlyMap<string, Weight>): Layer {
  const { class_name: className, config } = raw;
  const wrapped = wrapperClasses.has(className) && parse(wrapperSchema, config).layer;
  return {
    className,
    name: nameOf(raw),
    config,
    calls: callsOf(raw),
    weights: own,
    // The weights of its layers are called after those, not after it; Python calls them after a wrapper of it as well.
    ...(modelClasses.has(className) && { model: readModel(className, config, new Map([...weights, ...own])) }),
    ...(wrapped && { wrapped: readLayer(wrapped, own, weights) }),
  };
}

function readModel(className: unknown, config: unknown, weights: ReadonlyMap<string, Weight>): LayersModel {
  if (className === 'Sequential') {
    const { name, layers: raw } = parse(sequentialSchema, config);
    const all = sequentialLayers(raw);
    const ends = [all[0]!, all.at(-1)!].map(firstOutput);
    return { name, layers: readLayers(all, weights), inputs: [ends[0]!], outputs: [ends[1]!] };
  }
  const { name, layers, input_layers: inputs, output_layers: outputs } = parse(functionalSchema, config);
  return { name, layers: readLayers(layers, weights), inputs, outputs };
}

/**
 * A layers model from its topology (`modelTopology` of a model.json, or `model.toJSON(undefined, false)`) and its weights
 * by full name.
 * @throws OnwardError kind `input` when the topology is not a Sequential or functional Keras model
 */
export function readTopology(topology: unknown, weights: ReadonlyMap<string, Weight>): LayersModel {
  const top = snakeKeys(topology) as { class_name?: unknown; config?: unknown; model_config?: typeof top } | null;
  const { class_name: className, config } = top?.model_config ?? top ?? {};
  if (modelClasses.has(className)) return readModel(className, config, weights);
  throw wrong(`got ${className ? `a ${JSON.stringify(className)}` : 'no class name'}`);
}
