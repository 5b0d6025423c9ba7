import { messageOf, OnwardError } from '../runtime/common/index.js';
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
const sizeOf = (open: number, attempt: number) => sizes[(attempt * steps[open % steps.length]!) % sizes.length]!;

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

/** A size of an output, from what it was at each attempt: fixed, a symbol, a multiple of one, or a name of its own. */
function sizeNamed(
  found: readonly (number | string)[],
  open: readonly { readonly symbol: string; readonly sizes: readonly number[] }[],
  otherwise: string,
): number | string {
  if (found.every((size) => size === found[0])) return found[0]!;
  for (const { symbol, sizes } of open) {
    const factor = Number(found[0]) / sizes[0]!;
    if (Number.isInteger(factor) && found.every((size, i) => size === factor * sizes[i]!))
      return factor === 1 ? symbol : `${factor}*${symbol}`;
  }
  return otherwise;
}

/**
 * The graph of a model whose inputs leave sizes open, for every size: the model is written for several sizes, and where
 * the graphs are alike to the byte, nothing in them depends on the size, and that graph is the one for all.
 * @param write the graph of a model with fixed sizes
 * @throws OnwardError kind `input` where the graph depends on the sizes
 */
export function anySizeGraph(model: LayersModel, write: (fixed: LayersModel) => Graph): Graph {
  const open = openSizes(model);
  const shapes = declaredShapes(model);
  const symbols = symbolsOf(model, open);
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
  const attempt = (number: number): Graph => {
    const fixed = new Map<string, number[]>();
    for (const [i, { input, axis }] of open.entries()) {
      const shape = fixed.get(input) ?? shapes.get(input)!.map((size) => size ?? 0);
      shape[axis] = sizeOf(i, number);
      fixed.set(input, shape);
    }
    const sized = withInputShapes(model, fixed);
    try {
      return write(sized);
    } catch (cause) {
      const one = [...fixed.values()].map((shape) => shape.join('x')).join(' and ');
      throw refuse(`it cannot be written for ${one} (${messageOf(cause)})`, cause);
    }
  };

  const first = attempt(0);
  const graphs = [{ inputs: first.inputs, outputs: first.outputs }];
  for (let number = 1; number < sizes.length; number++) {
    const other = attempt(number);
    if (!isSame(first, other)) throw refuse('what is written for one size differs from what is written for another');
    graphs.push({ inputs: other.inputs, outputs: other.outputs });
  }
  const tried = open.map((_, i) => ({ symbol: symbols[i]!, sizes: sizes.map((_, number) => sizeOf(i, number)) }));
  // Each open size went through what is tried in an order of its own, by which it is known wherever it comes out.
  const named = (end: 'inputs' | 'outputs') =>
    first[end].map((value, i): GraphValue => {
      const found = (axis: number) => graphs.map((graph) => graph[end][i]!.dims[axis]!);
      return {
        ...value,
        dims: value.dims.map((_, axis) => sizeNamed(found(axis), tried, `${value.name}_size_${axis}`)),
      };
    });
  return { ...first, inputs: named('inputs'), outputs: named('outputs') };
}

/** Sizes to try a graph with: those that it fixes, and for each that is open one that was not tried when it was written. */
export const trySizes = (dims: readonly (number | string)[]): number[] =>
  dims.map((size, i) => (typeof size === 'number' ? size : 109 + 8 * i));
