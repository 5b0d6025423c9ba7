import { int } from '../../../runtime/model/index.js';
import type { GraphBuilder } from '../../builder.js';
import { activate } from '../activations.js';
import type { Cell } from './cell.js';
import { lstmStates } from './lstm-states.js';

/** Writes one step of a cell: from what the kernel made of its input, `[..., gates * units]`, and its states to its new ones. */
export type Step = (projected: string, states: readonly string[] | undefined, name: string) => string[];

/** The columns `from`..`to` of a matrix with `width` of them. */
function columns(values: Float32Array, width: number, from: number, to: number): Float32Array {
  const rows = values.length / width;
  const result = new Float32Array(rows * (to - from));
  for (let row = 0; row < rows; row++)
    result.set(values.subarray(row * width + from, row * width + to), row * (to - from));
  return result;
}

/** What all steps of a cell share: its constants and how a gate becomes active. */
function tools(builder: GraphBuilder, cell: Cell) {
  const { name, units, recurrentKernel } = cell;
  const width = recurrentKernel.dims[1]!;
  return {
    gate: (value: string, at: string, activation: unknown) =>
      activate(builder, activation, { name: value, shape: [units], order: 'plain' }, at).name,
    /** The recurrent kernel of the gates `from` to `to`. */
    kernel: (from: number, to: number) => {
      const what = from === 0 && to * units === width ? 'recurrent_kernel' : `recurrent_kernel/${from}`;
      const values = columns(recurrentKernel.values, width, from * units, to * units);
      return builder.floats(`${name}/${what}`, [units, (to - from) * units], values);
    },
    split: (value: string, gates: number, at: string) =>
      builder.nodes(
        'Split',
        at,
        gates,
        [
          value,
          builder.integers(
            `${name}/gates/${gates}`,
            Array.from({ length: gates }, () => units),
          ),
        ],
        { axis: int(-1) },
      ),
  };
}

/** h' = f(x + h R) */
function simpleStep(builder: GraphBuilder, cell: Cell): Step {
  const { gate, kernel } = tools(builder, cell);
  const recurrent = kernel(0, 1);
  return (x, states, name) => {
    const sum = states
      ? builder.node('Add', `${name}/sum`, [x, builder.node('MatMul', `${name}/product`, [states[0]!, recurrent])])
      : x;
    return [gate(sum, `${name}/output`, cell.activation)];
  };
}

/** An LSTM's step: its four gates are one product. */
function lstmStep(builder: GraphBuilder, cell: Cell): Step {
  const { gate, kernel, split } = tools(builder, cell);
  const recurrent = kernel(0, 4);
  return (x, states, name) => {
    const product = states && builder.node('MatMul', `${name}/product`, [states[0]!, recurrent]);
    const sum = product ? builder.node('Add', `${name}/sum`, [x, product]) : x;
    const gates = split(sum, 4, `${name}/gates`) as [string, string, string, string];
    return lstmStates({
      builder,
      name,
      gates,
      carry: states?.[1],
      gate: (value, at) => gate(value, at, cell.recurrentActivation),
      activate: (value, at) => gate(value, at, cell.activation),
    });
  };
}

/** z, r = g(..), h' = z h + (1 - z) a(x + (r h) R), or with r (h R + b) where the reset comes after the product. */
function gruStep(builder: GraphBuilder, cell: Cell): Step {
  const { gate, kernel, split } = tools(builder, cell);
  const { units, resetAfter, recurrentBias } = cell;
  const one = builder.floats(`${cell.name}/one`, [], Float32Array.of(1));
  const [gates, own, all] = resetAfter ? ['', '', kernel(0, 3)] : [kernel(0, 2), kernel(2, 3), ''];
  const bias = recurrentBias && builder.floats(`${cell.name}/recurrent_bias`, [3 * units], recurrentBias);
  return (x, states, name) => {
    const node = (op: string, what: string, inputs: string[]) => builder.node(op, `${name}/${what}`, inputs);
    const parts = (value: string, count: number, what: string) => split(value, count, `${name}/${what}`);
    const [xz, xr, xh] = parts(x, 3, 'gates') as [string, string, string];
    const h = states?.[0];
    let recurrent: string[] = [];
    if (all) {
      const product = h && node('MatMul', 'product', [h, all]);
      const sum = product && bias ? node('Add', 'biased', [product, bias]) : (product ?? bias);
      if (sum) recurrent = parts(sum, 3, 'recurrent');
    } else if (h) {
      recurrent = parts(node('MatMul', 'product', [h, gates]), 2, 'recurrent');
    }
    const [hz, hr, hh] = recurrent;
    const add = (value: string, other: string | undefined, what: string) =>
      other ? node('Add', what, [value, other]) : value;
    const z = gate(add(xz, hz, 'update/sum'), `${name}/update`, cell.recurrentActivation);
    const reset = () => gate(add(xr, hr, 'reset/sum'), `${name}/reset`, cell.recurrentActivation);
    let inner: string | undefined;
    if (hh) inner = node('Mul', 'inner', [reset(), hh]);
    else if (h) inner = node('MatMul', 'inner', [node('Mul', 'kept', [reset(), h]), own]);
    const fresh = gate(add(xh, inner, 'candidate/sum'), `${name}/candidate`, cell.activation);
    const taken = node('Mul', 'added', [node('Sub', 'rest', [one, z]), fresh]);
    return [h ? node('Add', 'output', [node('Mul', 'stays', [z, h]), taken]) : taken];
  };
}

const steps = { SimpleRNN: simpleStep, GRU: gruStep, LSTM: lstmStep };

/** Writes the constants of a cell's steps and gives what writes a step. Without states they are zeros. */
export const stepOf = (builder: GraphBuilder, cell: Cell): Step => steps[cell.kind](builder, cell);

/** What the kernel makes of an input, or of all of them at once: `[..., inputs]` to `[..., gates * units]`. */
export function project(builder: GraphBuilder, { name, kernel, bias }: Cell, input: string): string {
  const product = builder.node('MatMul', `${name}/product`, [
    input,
    builder.floats(`${name}/kernel`, kernel.dims, kernel.values),
  ]);
  if (!bias) return product;
  return builder.node('Add', `${name}/biased`, [product, builder.floats(`${name}/bias`, [bias.length], bias)]);
}
