import { OnwardError } from '../../runtime/common/index.js';
import { type H5Object, isHdf5, openHdf5 } from './hdf5/index.js';
import { inOneSentence, legacyLayers } from './keras-h5.js';
import { groupNames, isZip, kerasParts, unzip, variablesOf } from './keras-zip.js';
import type { Weight } from './layers-model.js';
import { about } from './model-bytes.js';

/** A layer that somebody wants the weights of. */
export interface WantedLayer {
  readonly name: string;
  readonly className: string;
}

/** A Keras file, looked at as weights alone. */
export interface KerasWeights {
  /** `named`: each layer by its name; `numbered` (Keras 3): by its class and its place among those of that class. */
  readonly form: 'named' | 'numbered';
  /** All layers, as the file calls them (`block1_conv1`; `conv2d_3`), in its order, those without weights among them. */
  readonly layers: readonly string[];
  /**
   * The weights of layers, each in Keras' order: kernel, bias; gamma, beta, moving mean, moving variance.
   * @param wanted all layers of a network that have weights, in the order in which it computes them
   * @throws OnwardError kind `input`: the weights of another network, a layer that is not there
   */
  of(wanted: readonly WantedLayer[]): ReadonlyMap<string, readonly Weight[]>;
}

/** What a form of file has: its layers, and how those of a network are called in it. */
interface Contents {
  readonly form: KerasWeights['form'];
  readonly layers: readonly string[];
  /** Those with weights, in the file's order. */
  readonly entries: ReadonlyMap<string, () => readonly Weight[]>;
  /** What each wanted layer is called here; undefined where it is not there. */
  find(wanted: readonly WantedLayer[]): readonly (string | undefined)[];
}

/** Keras counts the names that nobody gave up in one process: `normalization`, `normalization_1`. */
function numberedName(name: string, names: Iterable<string>): string | undefined {
  const found = [...names].filter((each) => each.startsWith(`${name}_`) && /^\d+$/.test(each.slice(name.length + 1)));
  return found.length === 1 ? found[0] : undefined;
}

/** `layer_names` with a group each: `save_weights` of Keras 1 and 2, `.h5` of Keras 3, and whole models. */
function namedContents(root: H5Object): Contents | undefined {
  const found = legacyLayers(root.members.get('model_weights')?.() ?? root);
  if (!found) return undefined;
  const entries = new Map(found.filter(({ count }) => count > 0).map(({ name, read }) => [name, read]));
  return {
    form: 'named',
    layers: found.map(({ name }) => name),
    entries,
    find(wanted) {
      const byName = wanted.map(({ name }) => (entries.has(name) ? name : numberedName(name, entries.keys())));
      // As Keras loads them: in their order, whatever they are called.
      const isOtherwise = byName.every((name) => name === undefined) && entries.size === wanted.length;
      return isOtherwise ? [...entries.keys()] : byName;
    },
  };
}

/** `.weights.h5` of Keras 3, and the weights in a `.keras` file. */
function numberedContents(root: H5Object): Contents | undefined {
  const groups = (root.members.get('layers') ?? root.members.get('_layer_checkpoint_dependencies'))?.().members;
  if (!groups) return undefined;
  const weightsOf = (name: string, className: string) =>
    variablesOf(groups.get(name)!(), { name, className, config: {} }).map(([, weight]) => weight);
  const withWeights = [...groups].filter(([, open]) => (open().members.get('vars')?.().members.size ?? 0) > 0);
  return {
    form: 'numbered',
    layers: [...groups.keys()],
    entries: new Map(withWeights.map(([name]) => [name, () => weightsOf(name, '')])),
    find(wanted) {
      const names = groupNames(wanted.map(({ className }) => className));
      return names.map((name) => (withWeights.some(([each]) => each === name) ? name : undefined));
    },
  };
}

function contentsOf(root: H5Object): Contents {
  const found = namedContents(root) ?? numberedContents(root);
  if (found) return found;
  throw new OnwardError(
    'input',
    "it is an HDF5 file without weights of Keras; save them with Keras' model.save_weights",
  );
}

/** Names for a sentence: a few, and how many more. */
const few = (names: readonly string[], most = 3) =>
  names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;

function layersOf(contents: Contents, wanted: readonly WantedLayer[]): ReadonlyMap<string, readonly Weight[]> {
  const names = contents.find(wanted);
  const missing = wanted.filter((_, i) => names[i] === undefined).map(({ name }) => name);
  const there = few([...contents.entries.keys()]);
  if (missing.length > wanted.length / 2) {
    throw new OnwardError(
      'input',
      `it holds the weights of another network: of the ${wanted.length} layers that are wanted (${few(wanted.map(({ name }) => name))}) it lacks ${missing.length}, and it has ${there || 'none'}; give the weights of this one`,
    );
  }
  if (missing.length > 0) {
    throw new OnwardError(
      'input',
      `it lacks the weights of ${missing.length === 1 ? 'the layer' : `${missing.length} layers:`} ${few(missing)}; give the file of the whole network, without its head or with it`,
    );
  }
  if (contents.form === 'numbered') requireNoMore(contents, wanted, names as readonly string[]);
  return new Map(wanted.map(({ name }, i) => [name, contents.entries.get(names[i]!)!()]));
}

/** Of numbered layers, one more of a class means that the numbers are those of another network. */
function requireNoMore({ entries }: Contents, wanted: readonly WantedLayer[], names: readonly string[]): void {
  const bases = new Set(groupNames([...new Set(wanted.map(({ className }) => className))]));
  const known = new Set(names);
  const more = [...entries.keys()].filter((name) => bases.has(name.replace(/_\d+$/, '')) && !known.has(name));
  if (more.length === 0 || wanted.length === 1) return;
  throw new OnwardError(
    'input',
    `it holds the weights of another network: it has ${few(more)} besides the ${wanted.length} layers that are wanted; give the weights of this one`,
  );
}

/**
 * The weights in a Keras file, without a topology: `.h5` of `save_weights` (as the files of `keras.applications` are),
 * `.weights.h5` of Keras 3, or a whole model (`.h5`, `.keras`). Runs in a browser.
 * @param name for messages
 * @throws OnwardError kind `input`: of another form, truncated, damaged
 */
export function readKerasWeights(bytes: Uint8Array, { name = 'the file' }: { name?: string } = {}): KerasWeights {
  return about(name, () =>
    inOneSentence('a Keras .h5 file of weights', () => {
      const inner = isZip(bytes) ? unzip(bytes).get(kerasParts.weights) : bytes;
      if (!inner || !isHdf5(inner)) {
        const what = bytes.length === 0 ? 'an empty file' : inner ? 'another' : `a zip without ${kerasParts.weights}`;
        throw new OnwardError('input', `expected a Keras file of weights (.h5, .weights.h5, .keras), got ${what}`);
      }
      const contents = contentsOf(openHdf5(inner));
      return {
        form: contents.form,
        layers: contents.layers,
        of: (wanted) =>
          about(name, () => inOneSentence('a Keras .h5 file of weights', () => layersOf(contents, wanted))),
      };
    }),
  );
}
