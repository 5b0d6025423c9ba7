import { OnwardError } from '../runtime/common/index.js';
import type { Graph, GraphValue, Initializer } from '../runtime/model/index.js';
import { declaredShapes, type OpenSize, openSizes, withInputShapes } from './input-shapes.js';
import type { LayersModel } from './read/layers-model.js';

/**
 * The sizes that are tried. Of a stride or window, each remainder by which it could tell sizes apart is among them: eight in
 * a row for the first layers, and further ones that are odd and even also after pools have halved them three to six times.
 * All are large enough for the windows of ordinary networks.
 */
const sizes = [96, 97, 98, 99, 100, 101, 102, 103, 104, 113, 129, 161];
/** What has no divisor in common with how many there are: each axis goes through all of them in an order of its own. */
const steps = [1, 5, 7, 11];
const anySizes = (axes: number) =>
  sizes.map((_, attempt) =>
    Array.from({ length: axes }, (_, axis) => sizes[(attempt * steps[axis % steps.length]!) % sizes.length]!),
  );

/** What a network takes that halves its images up to five times and doubles them again, and what one takes that halves less. */
const halved = [96, 128, 160, 192, 224];
const halvedLess = [98, 100, 104, 112];
/** Each axis through all of those, the others as they are. */
const halvedSizes = (axes: number) =>
  Array.from({ length: axes }, (_, axis) =>
    [...halved, ...halvedLess].map((size) =>
      Array.from({ length: axes }, (_, other) => (other === axis ? size : 160 + 32 * other)),
    ),
  ).flat();

/** Four bytes at once, where they lie so: there are many. */
const wordsOf = ({ buffer, byteOffset, length }: Uint8Array) =>
  (byteOffset | length) % 4 === 0 ? new Uint32Array(buffer, byteOffset, length / 4) : undefined;

function hasSameBytes({ bytes }: Initializer, { bytes: others }: Initializer): boolean {
  if (bytes.length !== others.length) return false;
  const [words, otherWords] = [wordsOf(bytes), wordsOf(others)];
  const [a, b] = words && otherWords ? [words, otherWords] : [bytes, others];
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function isSame(a: Graph, b: Graph): boolean {
  if (JSON.stringify(a.nodes) !== JSON.stringify(b.nodes) || a.initializers.size !== b.initializers.size) return false;
  return [...a.initializers].every(([name, tensor]) => {
    const other = b.initializers.get(name);
    return (
      other && tensor.type === other.type && tensor.dims.join() === other.dims.join() && hasSameBytes(tensor, other)
    );
  });
}

const spaces: readonly (readonly string[])[] = [['length'], ['height', 'width'], ['depth', 'height', 'width']];

/** What open sizes are called: `length`, `height`, `width`, with the input's name before them where there are several. */
function symbolsOf(model: LayersModel, open: readonly OpenSize[]): string[] {
  const shapes = declaredShapes(model);
  const several = new Set(open.map(({ input }) => input)).size > 1;
  return open.map(({ input, axis }) => {
    const shape = shapes.get(input)!;
    // Beside the channels, which are last, or first where that size is the one that is known.
    const isFirst = shape.length > 2 && shape[0] !== null && shape.at(-1) === null;
    const names = spaces[Math.max(shape.length - 2, 0)]?.[axis - (isFirst ? 1 : 0)] ?? `size_${axis + 1}`;
    return several ? `${input}_${names}` : names;
  });
}

/** What was written for some sizes. */
interface Written extends Pick<Graph, 'inputs' | 'outputs'> {
  readonly sizes: readonly number[];
}

/** A size in the graph, from what it was at each attempt: fixed, a symbol, a multiple of one, or a name of its own. */
function sizeNamed(
  found: readonly (number | string)[],
  symbols: readonly string[],
  written: readonly Written[],
  otherwise: string,
): number | string {
  if (found.every((size) => size === found[0])) return found[0]!;
  // Each open size went through what is tried in an order of its own, by which it is known wherever it comes out.
  for (const [i, symbol] of symbols.entries()) {
    const factor = Number(found[0]) / written[0]!.sizes[i]!;
    if (Number.isInteger(factor) && found.every((size, attempt) => size === factor * written[attempt]!.sizes[i]!))
      return factor === 1 ? symbol : `${factor}*${symbol}`;
  }
  return otherwise;
}

function withSymbols(
  value: GraphValue,
  place: number,
  end: 'inputs' | 'outputs',
  symbols: readonly string[],
  written: readonly Written[],
): GraphValue {
  const dims = value.dims.map((_, axis) => {
    const found = written.map((graph) => graph[end][place]!.dims[axis]!);
    return sizeNamed(found, symbols, written, `${value.name}_size_${axis}`);
  });
  return { ...value, dims };
}

/**
 * The graph of a model whose inputs leave sizes open, for every size: the model is written for several sizes, and where
 * the graphs are alike to the byte, nothing in them depends on the size, and that graph is the one for all. Of the sizes that
 * the model itself does not take (it joins an image that was halved and doubled with what it was) none counts.
 * @param write the graph of a model with fixed sizes
 * @throws OnwardError kind `input` where the graph depends on the sizes
 */
export function anySizeGraph(model: LayersModel, write: (fixed: LayersModel) => Graph): Graph {
  const open = openSizes(model);
  const shapes = declaredShapes(model);
  const refuse = (why: string, cause?: unknown) => {
    const inputs = [...new Set(open.map(({ input }) => input))].map((input) => {
      const shape = shapes.get(input)!.map((size) => size ?? '?');
      return `"${input}" [${shape.join(', ')}]`;
    });
    return new OnwardError(
      'input',
      `the model leaves sizes of ${inputs.join(' and ')} open, and ${why}; choose them with --input-shape (or the option \`inputShapes\`)`,
      { cause },
    );
  };
  const graphOf = (tried: readonly number[]): Graph => {
    const fixed = new Map<string, number[]>();
    for (const [i, { input, axis }] of open.entries()) {
      const shape = fixed.get(input) ?? shapes.get(input)!.map((size) => size ?? 0);
      shape[axis] = tried[i]!;
      fixed.set(input, shape);
    }
    return write(withInputShapes(model, fixed));
  };

  let first: Graph | undefined;
  const written: Written[] = [];
  const attempt = (tried: readonly number[]): OnwardError | undefined => {
    let graph: Graph;
    try {
      graph = graphOf(tried);
    } catch (cause) {
      if (cause instanceof OnwardError) return cause;
      throw cause;
    }
    first ??= graph;
    if (!isSame(first, graph)) throw refuse('what is written for one size differs from what is written for another');
    written.push({ sizes: tried, inputs: graph.inputs, outputs: graph.outputs });
    return undefined;
  };

  const failures = anySizes(open.length).map(attempt);
  // What is said of every size alike is not about the size.
  const [reason] = failures;
  if (reason && failures.every((failure) => failure?.message === reason.message)) throw reason;
  if (failures.some((failure) => failure !== undefined)) {
    const more = halvedSizes(open.length);
    const wrong = more.map(attempt).find((failure, i) => failure && more[i]!.every((size) => size % 32 === 0));
    if (wrong) throw refuse(`it cannot be written for just any (${wrong.message})`, wrong);
  }
  const symbols = symbolsOf(model, open);
  const named = (end: 'inputs' | 'outputs') =>
    first![end].map((value, i) => withSymbols(value, i, end, symbols, written));
  return { ...first!, inputs: named('inputs'), outputs: named('outputs') };
}

/** Sizes to try a graph with: those that it fixes, and for each that is open one that nearly every network takes. */
export const trySizes = (dims: readonly (number | string)[]): number[] =>
  dims.map((size, i) => (typeof size === 'number' ? size : 128 + 32 * (i % 2)));
