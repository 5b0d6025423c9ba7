import { type Attribute, int, ints, text, texts } from '../../../runtime/model/index.js';
import { snake } from '../../read/snake-case.js';
import { type Cell, type Kind, kinds } from './cell.js';
import type { Ran, Run } from './run.js';

/** What ONNX's recurrent operators call an activation. Their own constants are the ones that Keras has. */
const activationOf: ReadonlyMap<string, string> = new Map([
  ['elu', 'Elu'],
  ['hard_sigmoid', 'HardSigmoid'],
  ['relu', 'Relu'],
  ['sigmoid', 'Sigmoid'],
  ['softplus', 'Softplus'],
  ['softsign', 'Softsign'],
  ['tanh', 'Tanh'],
]);
const nameOf = (activation: unknown) =>
  typeof activation === 'string' ? activationOf.get(snake(activation)) : undefined;

/** The ONNX operator of a cell, its gates in its order (of Keras': LSTM i f c o, GRU z r h), and which gates have which activation. */
const operators: Readonly<
  Record<Kind, { op: string; order: readonly number[]; activations(gate: string, own: string): string[] }>
> = {
  SimpleRNN: { op: 'RNN', order: [0], activations: (_, own) => [own] },
  GRU: { op: 'GRU', order: [0, 1, 2], activations: (gate, own) => [gate, own] },
  LSTM: { op: 'LSTM', order: [0, 3, 1, 2], activations: (gate, own) => [gate, own, own] },
};

/** Whether one ONNX operator computes what a cell does over a sequence without a mask. */
export const hasOperator = ({ kind, activation, recurrentActivation }: Cell) =>
  nameOf(activation) !== undefined && (kind === 'SimpleRNN' || nameOf(recurrentActivation) !== undefined);

/** `[rows, gates * units]` as ONNX wants it, `[gates * units, rows]`, the gates in its order. */
function turned(values: Float32Array, rows: number, units: number, order: readonly number[]): Float32Array {
  const width = order.length * units;
  const result = new Float32Array(values.length);
  for (const [to, from] of order.entries()) {
    for (let unit = 0; unit < units; unit++) {
      const at = (to * units + unit) * rows;
      for (let row = 0; row < rows; row++) result[at + row] = values[row * width + from * units + unit]!;
    }
  }
  return result;
}

/**
 * A cell over a sequence as one LSTM, GRU or RNN node, for which `hasOperator` is true. The mask is the caller's.
 * https://onnx.ai/onnx/operators/onnx__LSTM.html
 * @param lengths in the graph: how many steps of each sample run, int32 `[N]`; none is all of them
 */
export function runOperator({ builder, cell, input, initial, backwards }: Run, lengths?: string): Ran {
  const { kind, name, units, kernel, recurrentKernel, bias, recurrentBias } = cell;
  const { op, order, activations } = operators[kind];
  const width = order.length * units;
  const rows = kernel.dims[0]!;
  const inputs = [
    builder.node('Transpose', `${name}/time-major`, [input], { perm: ints([1, 0, 2]) }),
    builder.floats(`${name}/kernel`, [1, width, rows], turned(kernel.values, rows, units, order)),
    builder.floats(`${name}/recurrent_kernel`, [1, width, units], turned(recurrentKernel.values, units, units, order)),
  ];
  if (bias || recurrentBias) {
    const both = [bias, recurrentBias].flatMap((each) =>
      Array.from(each ? turned(each, 1, units, order) : new Float32Array(width)),
    );
    inputs.push(builder.floats(`${name}/bias`, [1, 2 * width], Float32Array.from(both)));
  }
  if (lengths !== undefined || initial) {
    while (inputs.length < 4) inputs.push('');
    inputs.push(lengths ?? '');
  }
  if (initial) {
    const axis = builder.integers(`${name}/direction`, [0]);
    inputs.push(...initial.map((state, i) => builder.node('Unsqueeze', `${name}/initial${i}`, [state, axis])));
  }
  const attributes: { [name: string]: Attribute } = {
    hidden_size: int(units),
    direction: text(backwards ? 'reverse' : 'forward'),
    activations: texts(activations(nameOf(cell.recurrentActivation) ?? '', nameOf(cell.activation)!)),
  };
  if (kind === 'GRU') attributes.linear_before_reset = int(cell.resetAfter ? 1 : 0);
  const [all, ...last] = builder.nodes(op, `${name}/${op.toLowerCase()}`, 1 + kinds[kind].states, inputs, attributes);
  const squeeze = (value: string, what: string, axis: number) =>
    builder.node('Squeeze', `${name}/${what}`, [value, builder.integers(`${name}/${what}/axis`, [axis])]);
  const outputs = squeeze(all!, 'steps', 1);
  return {
    outputs: builder.node('Transpose', `${name}/outputs`, [outputs], { perm: ints([1, 0, 2]) }),
    states: last.map((state, i) => squeeze(state, `state${i}`, 0)),
  };
}
