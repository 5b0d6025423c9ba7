import type { Weight } from './layers-model.js';

/** Which layer somebody asks about. */
export interface LayerId {
  readonly name: string;
  readonly className: string;
  readonly config: { readonly [key: string]: unknown };
}

/** What a file holds for one layer. */
export interface LayerWeights {
  /** By short name, as TensorFlow.js has them: `kernel`, of a Bidirectional `forward_lstm/kernel`. */
  readonly own: ReadonlyMap<string, Weight>;
  /** Of a layer that is a model: the weights of what is in it. */
  readonly within: WeightSource;
}

/** Where weights come from: every format finds those of a layer in another way. */
export interface WeightSource {
  /** @param layers of one model, all of them, in the order of the topology */
  of(layers: readonly LayerId[]): LayerWeights[];
}

/** A recurrent layer's cell: Python has a name of its own for it, TensorFlow.js none where there is one cell. */
const isCell = (segment: string) => /_cells?(_\d+)?$/.test(segment);
const isNumbered = (segment: string) => /^RNNCell_\d+$/.test(segment);
const isDirection = (segment: string) => /^(forward|backward)_/.test(segment);

/** The place of each weight in its layer, as TensorFlow.js names it, out of `lstm_cell/kernel:0`. */
export function shortNames(
  { className }: LayerId,
  entries: readonly (readonly [string, Weight])[],
): Map<string, Weight> {
  const paths = entries.map(([path]) => path.replace(/:\d+$/, '').split('/'));
  const cellOf = (path: readonly string[]) =>
    path
      .slice(0, -1)
      .filter((segment) => isCell(segment) && !/cells/.test(segment))
      .at(-1);
  const cells = [...new Set(paths.filter((path) => !isDirection(path[0]!)).map(cellOf))].filter(
    (cell) => cell !== undefined,
  );
  const names = paths.map((path) => {
    const last = path.at(-1)!;
    // Keras 3 calls it a kernel like any other.
    const weight = className.startsWith('DepthwiseConv') && last === 'kernel' ? 'depthwise_kernel' : last;
    if (className === 'TimeDistributed') {
      return [...path.slice(0, -1).filter((segment) => isDirection(segment) || isNumbered(segment)), weight].join('/');
    }
    const cell = cellOf(path);
    const kept = path.slice(0, -1).filter((segment) => !isCell(segment));
    return [...kept, ...(cells.length > 1 && cell ? [`RNNCell_${cells.indexOf(cell)}`] : []), weight].join('/');
  });
  return new Map(entries.map(([, weight], i) => [names[i]!, weight]));
}

/** What comes after a layer's name in a weight's: `conv/kernel`, `sequential/conv/kernel:0`. */
function after(layer: string, name: string): string | undefined {
  if (name.startsWith(`${layer}/`)) return name.slice(layer.length + 1);
  const place = name.indexOf(`/${layer}/`);
  return place < 0 ? undefined : name.slice(place + layer.length + 2);
}

/**
 * Weights by full name, as `model.json` has them: TensorFlow.js calls them `<layer>/<weight>`, Python puts the names of
 * models and scopes before that, or not.
 */
export function namedWeights(weights: ReadonlyMap<string, Weight>, outer?: WeightSource): WeightSource {
  const entries = [...weights];
  const source: WeightSource = {
    of: (layers) => {
      const others = outer?.of(layers);
      return layers.map((layer, i) => {
        const exact = entries.filter(([name]) => name.startsWith(`${layer.name}/`));
        const found = exact.length > 0 ? exact : entries.filter(([name]) => after(layer.name, name) !== undefined);
        const inside = found.map(([name, weight]): [string, Weight] => [after(layer.name, name)!, weight]);
        if (inside.length === 0 && others) return others[i]!;
        // The weights of a model's layers are called after those, not after it; where both are, after both.
        return { own: shortNames(layer, inside), within: namedWeights(new Map(inside), source) };
      });
    },
  };
  return source;
}
