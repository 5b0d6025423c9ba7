import { unzipSync } from 'fflate';
import { fromUtf8, OnwardError } from '../../runtime/common/index.js';
import { type H5Object, openHdf5 } from './hdf5/index.js';
import { inOneSentence } from './keras-h5.js';
import { kerasOrigin, requireKnownKeras } from './keras-version.js';
import type { LayersModel, Weight } from './layers-model.js';
import { readTopology } from './topology.js';
import { variableNames } from './variable-names.js';
import { type LayerId, shortNames, type WeightSource } from './weight-source.js';

export const isZip = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;

export const kerasParts = { config: 'config.json', metadata: 'metadata.json', weights: 'model.weights.h5' } as const;

/** The most that a part may be when it is inflated. Keras stores weights as they are; trained numbers hardly shrink. */
const most = { config: 64e6, metadata: 1e6 } as const;
const mostInflation = 20;

/** @throws OnwardError kind `input` for a part that says it is far larger than an honest one */
export function unzip(bytes: Uint8Array): Map<string, Uint8Array> {
  const names: readonly string[] = Object.values(kerasParts);
  const parts = unzipSync(bytes, {
    filter: ({ name, originalSize, size }) => {
      if (!names.includes(name)) return false;
      const limit =
        name === kerasParts.config
          ? most.config
          : name === kerasParts.metadata
            ? most.metadata
            : Math.max(size * mostInflation, 1e6);
      if (originalSize <= limit && size <= bytes.length) return true;
      throw new OnwardError(
        'input',
        `its ${name} would be ${(originalSize / 1e6).toFixed(0)} MB inflated, out of ${(size / 1e6).toFixed(1)} MB; it looks like a zip bomb, and is not read`,
      );
    },
  });
  return new Map(Object.entries(parts));
}

/** As Keras makes the names of classes those of groups. */
const snakeClass = (name: string) =>
  name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

/** The variables under a layer's group: its own by number, those of what is in it (a cell, a wrapped layer) by path. */
export function variablesOf(group: H5Object, layer: LayerId, path: readonly string[] = []): [string, Weight][] {
  const found: [string, Weight][] = [];
  if (path.length > 20) return found;
  for (const [name, open] of group.members) {
    const member = open();
    if (name === 'vars') {
      const variables = [...member.members].sort(([a], [b]) => Number(a) - Number(b));
      const known = variableNames(layer, path);
      for (const [number, variable] of variables) {
        const data = variable().data?.();
        if (data) found.push([[...path, known[Number(number)] ?? number].join('/'), data]);
      }
    } else found.push(...variablesOf(member, layer, [...path, name]));
  }
  return found;
}

/** Names of classes as those of groups, the same ones numbered: `gru_cell`, `lstm_cell`, `gru_cell_1`. */
export function groupNames(classes: readonly string[]): string[] {
  const used = new Map<string, number>();
  return classes.map((name) => {
    const base = snakeClass(name.replace(/^.*>/, ''));
    const count = used.get(base) ?? 0;
    used.set(base, count + 1);
    return count === 0 ? base : `${base}_${count}`;
  });
}

/** The groups of the cells that a layer, or the one in a wrapper, has stacked. HDF5 has them by the alphabet. */
function cellGroups(config: LayerId['config']): string[] {
  type Stack = { cell?: { config?: { cells?: { class_name?: unknown }[] } }; layer?: { config?: Stack } };
  const { cell, layer } = config as Stack;
  const cells = cell?.config?.cells ?? layer?.config?.cell?.config?.cells;
  return Array.isArray(cells) ? groupNames(cells.map((each) => String(each?.class_name))) : [];
}

/** Keras' names for what is in a layer, as TensorFlow.js has them. */
function tensorflowPath(layer: LayerId, path: string): string {
  const inner = (layer.config.layer as { config?: { name?: unknown } } | undefined)?.config?.name;
  return path
    .replace(/^(forward|backward)_layer\//, `$1_${String(inner ?? 'layer').replace(/^forward_/, '')}/`)
    .replace(/(^|\/)cell\/cells\/(\w+)\//, (_, before: string, group: string) => {
      const place = cellGroups(layer.config).indexOf(group);
      return place < 0 ? `${before}${group}/` : `${before}RNNCell_${place}/`;
    })
    .replace(/(^|\/)cell\//, '$1')
    .replace(/^layer\//, '');
}

/** Groups of a model's layers by the names of their classes, numbered: `layers/conv2d_1/vars/0`. */
function numberedWeights(model: H5Object | undefined): WeightSource {
  const groups = (model?.members.get('layers') ?? model?.members.get('_layer_checkpoint_dependencies'))?.().members;
  return {
    of: (layers) => {
      const names = groupNames(layers.map(({ className }) => className));
      return layers.map((layer, i) => {
        const group = groups?.get(names[i]!)?.();
        const isModel = Array.isArray(layer.config.layers);
        const entries = group && !isModel ? variablesOf(group, layer) : [];
        const named = entries.map(([path, weight]): [string, Weight] => [tensorflowPath(layer, path), weight]);
        return { own: shortNames(layer, named), within: numberedWeights(group) };
      });
    },
  };
}

/**
 * A `.keras` file: a zip with the topology and an HDF5 file of weights. Runs in a browser.
 * @throws OnwardError kind `input`: truncated, damaged, a zip of something else, of a later Keras
 */
export function readKerasZip(bytes: Uint8Array): LayersModel {
  return inOneSentence('a .keras file', () => {
    const parts = unzip(bytes);
    const [config, metadata, weights] = [
      parts.get(kerasParts.config),
      parts.get(kerasParts.metadata),
      parts.get(kerasParts.weights),
    ];
    if (!config || !weights) {
      throw new OnwardError(
        'input',
        `it is a zip without ${config ? kerasParts.weights : kerasParts.config}, so not what Keras' model.save writes`,
      );
    }
    const said = metadata && (JSON.parse(fromUtf8(metadata)) as { keras_version?: unknown } | null);
    const version = said?.keras_version ?? 3;
    requireKnownKeras(version);
    return readTopology(JSON.parse(fromUtf8(config)), numberedWeights(openHdf5(weights)), kerasOrigin(version));
  });
}
