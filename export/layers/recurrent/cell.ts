import type { LayerConfig, Weight } from '../../read/layers-model.js';
import { type LayerCall, refuse } from '../handler.js';

/** The cells, by what we call them: how many gates their weights hold side by side, how many states they have. */
export const kinds = {
  SimpleRNN: { gates: 1, states: 1 },
  GRU: { gates: 3, states: 1 },
  LSTM: { gates: 4, states: 2 },
} as const;
export type Kind = keyof typeof kinds;

/** What a recurrent layer does at every step, with its weights as Keras has them. */
export interface Cell {
  readonly kind: Kind;
  /** For the names of its nodes and constants. */
  readonly name: string;
  readonly units: number;
  readonly activation: unknown;
  /** Of the gates. SimpleRNN has none. */
  readonly recurrentActivation: unknown;
  /** `[inputs, gates * units]` */
  readonly kernel: Weight;
  /** `[units, gates * units]` */
  readonly recurrentKernel: Weight;
  /** `gates * units` numbers, added to what the kernel gives. */
  readonly bias: Float32Array | undefined;
  /** As many, added to what the recurrent kernel gives: of a GRU with `reset_after`. */
  readonly recurrentBias: Float32Array | undefined;
  /** GRU: the reset gate is applied after the product with the recurrent kernel, as Keras 2 has it, and not before. */
  readonly resetAfter: boolean;
}

type Weights = ReadonlyMap<string, Weight>;

/** A cell or stack of cells as a topology describes it. */
interface Described {
  readonly class_name: string;
  readonly config: LayerConfig;
}

const isDescribed = (value: unknown): value is Described =>
  typeof (value as Described | null)?.class_name === 'string' && typeof (value as Described).config === 'object';

export function findWeight(call: LayerCall, weights: Weights, name: string, rank: number): Weight {
  const found = weights.get(name);
  if (!found) throw refuse(call, `has no weight "${name}"; it has: ${[...weights.keys()].join(', ') || 'none'}`);
  if (found.dims.length === rank) return found;
  throw refuse(call, `has the weight "${name}" of [${found.dims.join(', ')}], expected ${rank} dimensions`);
}

/** The weights whose names begin with `prefix`, without it. */
export const weightsUnder = (weights: Weights, prefix: string): Map<string, Weight> =>
  new Map(
    [...weights]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, weight]) => [name.slice(prefix.length), weight]),
  );

/** Of the cell at `index` of a stack: `RNNCell_0/kernel`; Python says nothing where there is one cell. */
function weightsOfCell(weights: Weights, index: number): Weights {
  const numbered = weightsUnder(weights, `RNNCell_${index}/`);
  return numbered.size > 0 ? numbered : weights;
}

/** The bias of a GRU with `reset_after` is two: `[2, gates * units]`. */
function biasesOf(call: LayerCall, config: LayerConfig, weights: Weights, resetAfter: boolean, width: number) {
  if (config.use_bias === false) return { bias: undefined, recurrentBias: undefined };
  const { dims, values } = findWeight(call, weights, 'bias', resetAfter ? 2 : 1);
  if (values.length !== width * dims.length)
    throw refuse(call, `has the weight "bias" of [${dims.join(', ')}], expected ${width} numbers in each row`);
  if (!resetAfter) return { bias: values, recurrentBias: undefined };
  const half = values.length / 2;
  return { bias: values.subarray(0, half), recurrentBias: values.subarray(half) };
}

function readCell(call: LayerCall, kind: Kind, config: LayerConfig, weights: Weights, name: string): Cell {
  const recurrentKernel = findWeight(call, weights, 'recurrent_kernel', 2);
  const [units, width] = recurrentKernel.dims as [number, number];
  if (width !== units * kinds[kind].gates) {
    throw refuse(
      call,
      `has a recurrent kernel of [${units}, ${width}], expected ${kinds[kind].gates} gates side by side`,
    );
  }
  const kernel = findWeight(call, weights, 'kernel', 2);
  if (kernel.dims[1] !== width || (config.units ?? units) !== units) {
    throw refuse(
      call,
      `has a kernel of [${kernel.dims.join(', ')}] and a recurrent kernel of [${units}, ${width}], expected them of ${config.units ?? units} units`,
    );
  }
  const resetAfter = kind === 'GRU' && config.reset_after === true;
  return {
    kind,
    name,
    units,
    // A SimpleRNN without one has the tanh; the others have none.
    activation: kind === 'SimpleRNN' ? (config.activation ?? 'tanh') : config.activation,
    recurrentActivation: config.recurrent_activation,
    kernel,
    recurrentKernel,
    ...biasesOf(call, config, weights, resetAfter, width),
    resetAfter,
  };
}

/**
 * The cells that a layer runs one on another's output, the first first.
 * @param className `LSTM` and `LSTMCell` are the same here
 * @throws OnwardError kind `input` for a cell that nobody knows, or one without its weights
 */
export function cellsOf(
  call: LayerCall,
  { class_name: className, config }: Described,
  weights: Weights,
  name: string,
): Cell[] {
  if (className === 'RNN') {
    if (isDescribed(config.cell)) return cellsOf(call, config.cell, weights, name);
    throw refuse(call, 'has no cell in its config; save the model again');
  }
  if (className === 'StackedRNNCells') {
    const cells: unknown[] = Array.isArray(config.cells) ? config.cells : [];
    return cells.flatMap((cell, i) => {
      if (!isDescribed(cell)) throw refuse(call, `has a cell without a class at place ${i + 1} of its stack`);
      return cellsOf(call, cell, weightsOfCell(weights, i), `${name}/cell${i}`);
    });
  }
  const kind = className.replace(/Cell$/, '');
  if (Object.hasOwn(kinds, kind)) return [readCell(call, kind as Kind, config, weights, name)];
  throw refuse(call, `runs a cell of the class ${className}, and the exporter knows ${Object.keys(kinds).join(', ')}`);
}
