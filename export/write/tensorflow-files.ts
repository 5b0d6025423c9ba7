import type { Inbound, Layer, LayerConfig, LayersModel, Weight } from '../read/layers-model.js';
import type { ModelJson } from '../read/model-json.js';
import { isIdentity, tensorflowLacks } from './tensorflow-classes.js';

/** A config without what trains only: TensorFlow.js would initialise weights at random that are set at once. */
function settings(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(settings);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !/^(dtype|seed|batch_shape|registered_name|module|build_config)$/.test(key))
      .map(([key, inner]) => {
        if (key.endsWith('_initializer')) return [key, { class_name: 'Zeros', config: {} }];
        if (/_(regularizer|constraint)$/.test(key)) return [key, null];
        if (/(^|_)activation$/.test(key) && inner === 'silu') return [key, 'swish'];
        return [key, settings(inner)];
      }),
  );
}

/** Settings that have another form there. */
function translated(layer: Layer): { class_name: string; config: LayerConfig } {
  const { className, config } = layer;
  if (isIdentity(layer)) return { class_name: 'Activation', config: { activation: 'linear' } };
  const own = settings(config) as LayerConfig;
  const more: { [key: string]: unknown } = {};
  if (className === 'InputLayer') more.batch_input_shape = config.batch_input_shape ?? config.batch_shape;
  if (className === 'BatchNormalization' && Array.isArray(config.axis)) more.axis = config.axis[0];
  if (className === 'LeakyReLU') more.alpha = config.alpha ?? config.negative_slope ?? 0.3;
  return { class_name: className, config: { ...own, ...more } };
}

/** A model in a model is called from 1 on there: call 0 is the one with its own inputs. */
const firstCall = ({ model, calls }: Layer): number => (model && (calls[0]?.length ?? 0) > 0 ? 1 : 0);

const written = (layer: { class_name: string; config: LayerConfig }, name: string, nodes: unknown[]) => ({
  class_name: layer.class_name,
  name,
  config: { ...layer.config, name },
  inbound_nodes: nodes,
});

/** @param prefix before the names of layers and weights, so that no two models have the same */
function topologyOf(
  model: LayersModel,
  prefix: string,
  weights: Map<string, Weight>,
): { class_name: string; config: LayerConfig } {
  const byName = new Map(model.layers.map((layer) => [layer.name, layer]));
  const named = (name: string) => `${prefix}${name}`;
  const place = ({ layer, call, output }: Inbound) => [named(layer), call + firstCall(byName.get(layer)!), output];
  const layers = model.layers.flatMap((layer) => {
    const name = named(layer.name);
    if (!layer.model) for (const [key, weight] of layer.weights) weights.set(`${name}/${key}`, weight);
    const inner = layer.model ? topologyOf(layer.model, `${name}.`, weights) : translated(layer);
    const calls = layer.model && firstCall(layer) === 0 ? layer.calls.slice(1) : layer.calls;
    const nodes = calls.filter((call) => call.length > 0).map((call) => call.map((end) => [...place(end), {}]));
    if (layer.config.keepdims !== true) return [written(inner, name, nodes)];
    // A pooling that keeps its axes is one that does not, and axes of one before the channels again.
    const once = { class_name: 'RepeatVector', config: { n: 1, name: 'once' } };
    const again = { class_name: 'TimeDistributed', config: { layer: once } };
    const names = [`${name}.pooled`, ...(layer.className.endsWith('1D') ? [] : [`${name}.once`]), name];
    const after = (before: string) => calls.map((_, i) => [[before, i, 0, {}]]);
    return [
      written(inner, names[0]!, nodes),
      ...names.slice(1).map((each, i) => written(i === 0 ? once : again, each, after(names[i]!))),
    ];
  });
  return {
    class_name: 'Model',
    config: {
      name: named(model.name),
      layers,
      input_layers: model.inputs.map(place),
      output_layers: model.outputs.map(place),
    },
  };
}

/** The files of a layers model as TensorFlow.js takes them, or why it has no use for them. */
export type TensorflowFiles = { readonly files: ModelJson } | { readonly reason: string };

/**
 * A layers model of Keras as TensorFlow.js loads it, to compare what both predict.
 * @returns instead of files why TensorFlow.js would compute something else, or could not: a class or a setting that it lacks
 */
export function tensorflowFiles(model: LayersModel): TensorflowFiles {
  const reason = tensorflowLacks(model);
  if (reason) return { reason };
  const weights = new Map<string, Weight>();
  const modelTopology = topologyOf(model, '', weights);
  const specs = [...weights].map(([name, { dims: shape }]) => ({ name, shape, dtype: 'float32' }));
  const all = new Float32Array([...weights.values()].reduce((sum, { values }) => sum + values.length, 0));
  let offset = 0;
  for (const { values } of weights.values()) {
    all.set(values, offset);
    offset += values.length;
  }
  const json = { format: 'layers-model', modelTopology, weightsManifest: [{ paths: [], weights: specs }] };
  return { files: { json, weights: new Uint8Array(all.buffer) } };
}
