import { OnwardError } from '../../runtime/common/index.js';
import type { Inbound, Layer, LayerConfig, LayersModel, Weight } from './layers-model.js';
import { snakeKeys } from './snake-case.js';

interface RawLayer {
  class_name: string;
  name?: string;
  config: LayerConfig & { name?: string };
  inbound_nodes?: unknown;
}

const wrong = (what: string) =>
  new OnwardError('input', `expected a Keras layers topology, but ${what}; save the model with tf.LayersModel.save`);

/** `["conv", 0, 0, {}]` as TensorFlow.js and Keras 2 write it. */
function inbound(raw: unknown): Inbound {
  if (!Array.isArray(raw) || typeof raw[0] !== 'string') throw wrong('the inputs of a layer are of an unknown form');
  return { layer: raw[0], call: Number(raw[1] ?? 0), output: Number(raw[2] ?? 0) };
}

/** The weights of each layer by short name: TensorFlow.js calls them `<layer>/<weight>`. */
function weightsOf(layer: string, weights: ReadonlyMap<string, Weight>): Map<string, Weight> {
  const prefix = `${layer}/`;
  return new Map(
    [...weights]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, weight]) => [name.slice(prefix.length), weight]),
  );
}

const nameOf = (raw: RawLayer) => raw.name ?? String(raw.config.name);

/** A Sequential topology names no connections: each layer takes what the one before it gives. */
function sequentialLayers(raw: readonly RawLayer[], weights: ReadonlyMap<string, Weight>): Layer[] {
  const layers: Layer[] = [];
  const first = raw[0];
  if (first && first.class_name !== 'InputLayer') {
    const shape = first.config.batch_input_shape;
    if (!Array.isArray(shape)) throw wrong('its first layer does not say the shape of the input');
    layers.push({
      className: 'InputLayer',
      name: 'input',
      config: { batch_input_shape: shape },
      calls: [[]],
      weights: new Map(),
    });
  }
  for (const layer of raw) {
    const before = layers.at(-1);
    layers.push({
      className: layer.class_name,
      name: nameOf(layer),
      config: layer.config,
      calls: [before ? [{ layer: before.name, call: 0, output: 0 }] : []],
      weights: weightsOf(nameOf(layer), weights),
    });
  }
  return layers;
}

function functionalLayers(raw: readonly RawLayer[], weights: ReadonlyMap<string, Weight>): Layer[] {
  const layers = raw.map((layer): Layer => {
    const nodes = Array.isArray(layer.inbound_nodes) ? layer.inbound_nodes : [];
    return {
      className: layer.class_name,
      name: nameOf(layer),
      config: layer.config,
      calls: nodes.length > 0 ? nodes.map((call) => (Array.isArray(call) ? call.map(inbound) : [])) : [[]],
      weights: weightsOf(nameOf(layer), weights),
    };
  });
  return inOrder(layers);
}

/** Layers in an order in which they can run; topologies usually are, but nothing promises it. */
function inOrder(layers: readonly Layer[]): Layer[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const done = new Set<string>();
  const order: Layer[] = [];
  const visit = (layer: Layer, path: readonly string[]) => {
    if (done.has(layer.name)) return;
    if (path.includes(layer.name)) throw wrong(`the layer "${layer.name}" takes its own output`);
    for (const source of layer.calls.flat()) {
      const before = byName.get(source.layer);
      if (!before) throw wrong(`the layer "${layer.name}" takes the output of "${source.layer}", which is not there`);
      visit(before, [...path, layer.name]);
    }
    done.add(layer.name);
    order.push(layer);
  };
  for (const layer of layers) visit(layer, []);
  return order;
}

/**
 * A layers model from its topology (`modelTopology` of a model.json, or `model.toJSON()`) and its weights by full name.
 * @throws OnwardError kind `input` when the topology is not a Sequential or functional Keras model
 */
export function readTopology(topology: unknown, weights: ReadonlyMap<string, Weight>): LayersModel {
  const top = snakeKeys(topology) as {
    class_name?: string;
    config?: unknown;
    model_config?: { class_name: string; config: unknown };
  };
  const { class_name: className, config } = top.model_config ?? top;
  if (className === 'Sequential') {
    const raw = (Array.isArray(config) ? config : (config as { layers?: unknown } | undefined)?.layers) as
      | RawLayer[]
      | undefined;
    if (!raw?.length) throw wrong('it has no layers');
    const layers = sequentialLayers(raw, weights);
    const end = (layer: Layer): Inbound[] => [{ layer: layer.name, call: 0, output: 0 }];
    const name = (config as { name?: string }).name ?? 'sequential';
    return { name, layers, inputs: end(layers[0]!), outputs: end(layers.at(-1)!) };
  }
  if (className === 'Model' || className === 'Functional') {
    const functional = config as {
      name: string;
      layers: RawLayer[];
      input_layers: unknown[];
      output_layers: unknown[];
    };
    return {
      name: functional.name,
      layers: functionalLayers(functional.layers, weights),
      inputs: functional.input_layers.map(inbound),
      outputs: functional.output_layers.map(inbound),
    };
  }
  throw wrong(`got ${className ? `a "${className}"` : 'no class name'}`);
}
