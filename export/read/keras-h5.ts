import { messageOf, OnwardError } from '../../runtime/common/index.js';
import { type H5Object, openHdf5, UnreadHdf5Error } from './hdf5/index.js';
import { kerasOrigin, requireKnownKeras } from './keras-version.js';
import type { LayersModel, Weight } from './layers-model.js';
import { readTopology } from './topology.js';
import { namedWeights, shortNames, type WeightSource } from './weight-source.js';

const text = (object: H5Object, name: string): string | undefined => {
  const value = object.attribute(name)?.[0];
  return value === undefined ? undefined : String(value);
};

/** A list of names, which Keras splits (`weight_names0`, ...) where it is too long for one attribute. */
function names(object: H5Object, name: string): string[] {
  const whole = object.attribute(name);
  if (whole) return whole.map(String);
  const parts: string[] = [];
  for (let i = 0; ; i++) {
    const part = object.attribute(`${name}${i}`);
    if (!part) return parts;
    parts.push(...part.map(String));
  }
}

function numbersAt(group: H5Object, path: string): Weight {
  let object = group;
  for (const segment of path.split('/')) {
    const member = object.members.get(segment);
    if (!member)
      throw new OnwardError('input', `it lists the weight "${path}" and does not hold it; save the model again`);
    object = member();
  }
  if (!object.data) throw new OnwardError('input', `its weight "${path}" holds no numbers; save the model again`);
  return object.data();
}

/**
 * A weight's name without its layer's: `conv/kernel:0`, and `conv_1/kernel:0`, as Keras before 2.2 calls the weights of a
 * model that it loaded beside another of the same names and then saved.
 */
function withoutLayer(layer: string, name: string): string {
  const place = `/${name}`.lastIndexOf(`/${layer}/`);
  if (place >= 0) return name.slice(place + layer.length + 1);
  const numbered = name.startsWith(`${layer}_`) && /^_\d+\//.exec(name.slice(layer.length));
  return numbered ? name.slice(layer.length + numbered[0].length) : name;
}

/** A layer's name may hold slashes, as those of Keras 2's own networks do (`conv1/conv`): groups in groups. */
const memberAt = (root: H5Object, path: string): H5Object | undefined =>
  path.split('/').reduce<H5Object | undefined>((group, segment) => group?.members.get(segment)?.(), root);

/** A group for every layer of the outermost model; the group of a layer that is a model holds the weights of all in it. */
function groupedWeights(root: H5Object): WeightSource {
  return {
    of: (layers) =>
      layers.map((layer) => {
        const group = memberAt(root, layer.name);
        const entries = group
          ? names(group, 'weight_names').map((name): [string, Weight] => [name, numbersAt(group, name)])
          : [];
        const inside = entries.map(([name, weight]): [string, Weight] => [withoutLayer(layer.name, name), weight]);
        return { own: shortNames(layer, inside), within: namedWeights(new Map(inside)) };
      }),
  };
}

/** A layer of a file that lists them, how many weights it has, and those. */
export interface LegacyLayer {
  readonly name: string;
  readonly count: number;
  read(): Weight[];
}

/** The layers that a file of weights lists, in its order; undefined where it lists none. */
export function legacyLayers(root: H5Object): LegacyLayer[] | undefined {
  const listed = names(root, 'layer_names');
  if (listed.length === 0 && !root.attribute('layer_names')) return undefined;
  return listed.map((name) => {
    const group = memberAt(root, name);
    const weights = group ? names(group, 'weight_names') : [];
    return { name, count: weights.length, read: () => weights.map((weight) => numbersAt(group!, weight)) };
  });
}

/** @throws OnwardError kind `input` when the file holds no topology */
function topologyOf(root: H5Object): unknown {
  const json = text(root, 'model_config');
  if (json !== undefined) return JSON.parse(json);
  const isWeights =
    root.attribute('layer_names') ??
    root.attribute('layer_names0') ??
    root.members.get('layers') ??
    root.members.get('_layer_checkpoint_dependencies');
  throw new OnwardError(
    'input',
    isWeights
      ? "it holds weights only, without the layers that they belong to; save the whole model with Keras' model.save"
      : "it is an HDF5 file without a Keras model; save one with Keras' model.save",
  );
}

/**
 * A Keras `.h5` file: the topology in an attribute, the weights in a group for each layer. Runs in a browser.
 * @throws OnwardError kind `input`: truncated, damaged, without a model, of a later Keras
 */
export function readKerasH5(bytes: Uint8Array): LayersModel {
  return inOneSentence('a Keras .h5 file', () => {
    const root = openHdf5(bytes);
    const topology = topologyOf(root);
    const version = text(root, 'keras_version');
    requireKnownKeras(version);
    return readTopology(topology, groupedWeights(root.members.get('model_weights')?.() ?? root), kerasOrigin(version));
  });
}

/** What goes wrong in a damaged file, as one sentence. */
export function inOneSentence<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof OnwardError) throw cause;
    if (cause instanceof UnreadHdf5Error)
      throw new OnwardError('input', `${cause.message}; save it again with Keras`, { cause });
    throw new OnwardError(
      'input',
      `expected ${what}, but it cannot be read as one (${messageOf(cause).replace(/\s+/g, ' ')}); it may be truncated or damaged, copy or save it again`,
      { cause },
    );
  }
}
