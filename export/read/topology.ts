import { z } from 'zod';
import { OnwardError } from '../../runtime/common/index.js';
import { issueOf } from '../../runtime/model/index.js';
import { keras3Activations } from './activation-names.js';
import { endsSchema, noCalls } from './inbound.js';
import { requireKnownKeras } from './keras-version.js';
import type { Inbound, Layer, LayersModel, Origin, Weight } from './layers-model.js';
import { isOperator, layerSchema, type RawLayer, takesArguments } from './raw-layer.js';
import { snakeKeys } from './snake-case.js';
import { type LayerWeights, namedWeights, type WeightSource } from './weight-source.js';

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

const modelClasses: ReadonlySet<unknown> = new Set(['Sequential', 'Model', 'Functional']);

const wrapperClasses: ReadonlySet<string> = new Set(['Bidirectional', 'SpectralNormalization', 'TimeDistributed']);
const wrapperSchema = z.object({ layer: layerSchema });

/** A model counts its calls from 1: call 0 is the one with its own inputs, in it. */
const firstOutput = ({ name, className }: RawLayer): Inbound => ({
  layer: name,
  call: modelClasses.has(className) ? 1 : 0,
  output: 0,
});

/** The config that says the shape of what enters a layer: of a model, that of its first layer. */
function inputConfig({ className, config }: RawLayer): RawLayer['config'] {
  if (!modelClasses.has(className)) return config;
  const { layers } = parse(z.union([sequentialSchema, z.object({ layers: layersSchema })]), config);
  return inputConfig(layers[0]!);
}

/** A Sequential topology names no connections: each layer takes what the one before it gives. */
function sequentialLayers(raw: readonly RawLayer[]): RawLayer[] {
  const first = raw[0]!;
  const input = { className: 'InputLayer', name: `${first.name}_input`, config: inputConfig(first), calls: noCalls };
  const all = first.className === 'InputLayer' ? raw : [input, ...raw];
  return all.map((layer, i) => ({
    ...layer,
    calls: { ...noCalls, inputs: i === 0 ? [] : [[firstOutput(all[i - 1]!)]] },
  }));
}

/** Where a layer is called. An input layer is, once, with nothing. */
function callsOf({ className, calls: { inputs, fromZero } }: RawLayer): (readonly Inbound[])[] {
  if (modelClasses.has(className) && !fromZero) return [[], ...inputs];
  return inputs.length > 0 ? [...inputs] : [[]];
}

function readLayers(raw: readonly RawLayer[], source: WeightSource): Layer[] {
  const seen = new Set<string>();
  for (const { name, calls, className } of raw) {
    if (seen.has(name)) throw wrong(`it has two layers with the name "${name}"`);
    seen.add(name);
    if (calls.constants && !takesArguments(className)) {
      throw wrong(`the layer "${name}" (${className}) is called with something else than outputs of layers`);
    }
  }
  const weights = source.of(raw);
  return raw.map((layer, i) => readLayer(layer, weights[i]!));
}

/** @param weights of the layer: of one in a wrapper, the wrapper's */
function readLayer(raw: RawLayer, { own, within }: LayerWeights): Layer {
  const { className, config } = raw;
  const wrapped = wrapperClasses.has(className) && parse(wrapperSchema, config).layer;
  return {
    className,
    name: raw.name,
    config,
    calls: callsOf(raw),
    ...(takesArguments(className) && raw.calls.given.length > 0 && { given: raw.calls.given }),
    weights: own,
    ...(modelClasses.has(className) && { model: readModel(className, config, within) }),
    ...(wrapped && { wrapped: readLayer(wrapped, { own, within }) }),
  };
}

/**
 * Without the operators that only compute masks: Keras 3 writes them and passes what they give by hand, and here masks go
 * with the values by themselves.
 * @throws OnwardError kind `input` for a mask that somebody made otherwise
 */
function withoutMasks(layers: readonly RawLayer[], outputs: readonly Inbound[]): RawLayer[] {
  const operators = new Set(layers.filter(isOperator).map(({ name }) => name));
  for (const { name, calls } of layers) {
    const own = calls.masks.find((mask) => !operators.has(mask.layer));
    if (own)
      throw wrong(
        `the layer "${name}" takes the mask "${own.layer}", and only those of Masking and Embedding are read`,
      );
  }
  if (!layers.some(({ calls }) => calls.masks.length > 0)) return [...layers];
  let kept = [...layers];
  for (;;) {
    const taken = new Set([...outputs, ...kept.flatMap(({ calls }) => calls.inputs.flat())].map(({ layer }) => layer));
    const next = kept.filter((layer) => taken.has(layer.name) || !isOperator(layer));
    if (next.length === kept.length) return kept;
    kept = next;
  }
}

function readModel(className: unknown, config: unknown, weights: WeightSource): LayersModel {
  if (className === 'Sequential') {
    const { name, layers: raw } = parse(sequentialSchema, config);
    const all = sequentialLayers(raw);
    const ends = [all[0]!, all.at(-1)!].map(firstOutput);
    return { name, layers: readLayers(all, weights), inputs: [ends[0]!], outputs: [ends[1]!] };
  }
  const { name, layers, input_layers: inputs, output_layers: outputs } = parse(functionalSchema, config);
  return { name, layers: readLayers(withoutMasks(layers, outputs), weights), inputs, outputs };
}

interface Topology {
  readonly class_name?: unknown;
  readonly config?: unknown;
  readonly keras_version?: unknown;
  readonly model_config?: Topology;
}

/**
 * A layers model from its topology (`modelTopology` of a model.json, the config of a Keras file, or
 * `model.toJSON(undefined, false)`) and its weights: by full name, or from where a format keeps them.
 * @param origin who computes what the model predicts, where they differ
 * @throws OnwardError kind `input` when the topology is not a Sequential or functional Keras model
 */
export function readTopology(
  topology: unknown,
  weights: ReadonlyMap<string, Weight> | WeightSource,
  origin: Origin = 'tfjs',
): LayersModel {
  const named = origin === 'keras-3' ? keras3Activations(snakeKeys(topology)) : snakeKeys(topology);
  const top = named as Topology | null;
  requireKnownKeras(top?.keras_version);
  const { class_name: className, config } = top?.model_config ?? top ?? {};
  const source = 'of' in weights ? weights : namedWeights(weights);
  if (modelClasses.has(className)) return { ...readModel(className, config, source), origin };
  throw wrong(`got ${className ? `a ${JSON.stringify(className)}` : 'no class name'}`);
}
