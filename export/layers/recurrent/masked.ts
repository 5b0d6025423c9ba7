import { int } from '../../../runtime/model/index.js';
import type { GraphBuilder } from '../../builder.js';
import { runOperator } from './operator.js';
import type { Ran, Run } from './run.js';

/** ONNX's numbers for types in `Cast`. */
const [int32, int64] = [6, 7];

/** Where the steps that count stand when they are moved to the front, in their order. All in the graph. */
interface Places {
  /** Which step comes at each place, int64 `[N, steps]`: first those that count, then the others. */
  readonly order: string;
  /** How many steps count before each, int64 `[N, steps]`. */
  readonly before: string;
  /** How many count before each and at it, int64 `[N, steps]`. */
  readonly upTo: string;
  /** How many count, int64 `[N, 1]`. */
  readonly total: string;
}

function placesOf(builder: GraphBuilder, mask: string, name: string): Places {
  const node = (op: string, what: string, inputs: string[], attributes = {}) =>
    builder.node(op, `${name}/${what}`, inputs, attributes);
  const cast = (what: string, value: string) => node('Cast', what, [value], { to: int(int64) });
  const axis = builder.integer('recurrent/time', 1);
  const one = builder.integer('recurrent/one', 1);
  const counts = cast('counts', mask);
  const upTo = node('CumSum', 'up-to', [counts, axis]);
  const others = node('CumSum', 'others', [cast('hidden', node('Not', 'not', [mask])), axis]);
  const total = node('ReduceSum', 'total', [counts, builder.integers('recurrent/steps', [1])]);
  const before = node('Sub', 'before', [upTo, counts]);
  // A step that counts goes behind those that count before it, another one behind all of these and the others before it.
  const behind = node('Sub', 'behind', [node('Add', 'after', [total, others]), one]);
  const places = node('Where', 'places', [mask, before, behind]);
  const steps = node('Sub', 'step', [node('Add', 'passed', [upTo, others]), one]);
  return { order: node('ScatterElements', 'order', [steps, places, steps], { axis: int(1) }), before, upTo, total };
}

/**
 * A cell over the steps that count, as one ONNX operator: they are moved to the front, it runs over so many of each sample,
 * and what it gave at each goes back to its place. A step that does not count leaves the states as they were and gives what
 * the last one gave that did, so this is the same, whichever the steps are and however many.
 */
export function runMasked(run: Run & { readonly mask?: string | undefined }): Ran {
  const { builder, cell, input, initial, backwards } = run;
  const name = `${cell.name}/masked`;
  const node = (op: string, what: string, inputs: string[], attributes = {}) =>
    builder.node(op, `${name}/${what}`, inputs, attributes);
  const { order, before, upTo, total } = placesOf(builder, run.mask!, name);
  const last = builder.integers('recurrent/last', [-1]);
  const one = builder.integer('recurrent/one', 1);
  const nought = builder.integer('recurrent/nought', 0);
  const stepsAt = (what: string, sequence: string, places: string) =>
    node('GatherND', what, [sequence, node('Unsqueeze', `${what}/places`, [places, last])], { batch_dims: int(1) });

  // Not every runtime runs over no step at all: a sample in which none counts runs one, and what that gives is not taken.
  const length = node('Max', 'at-least-one', [node('Squeeze', 'length', [total, last]), one]);
  const lengths = node('Cast', 'lengths', [length], { to: int(int32) });
  const ran = runOperator({ ...run, input: stepsAt('input', input, order) }, lengths);

  const zero = builder.floats('recurrent/zero', [], Float32Array.of(0));
  const some = node('Greater', 'some', [total, nought]);
  const states = ran.states.map((state, i) => node('Where', `state${i}`, [some, state, initial?.[i] ?? zero]));

  // The last step that ran when this one's turn came: backwards the next one that counts, if there is one.
  const place = backwards ? before : node('Max', 'place', [node('Sub', 'last-place', [upTo, one]), nought]);
  const began = backwards ? node('Less', 'began', [before, total]) : node('Greater', 'began', [upTo, nought]);
  const first = initial && node('Unsqueeze', 'first', [initial[0]!, builder.integers('recurrent/steps', [1])]);
  const outputs = node('Where', 'outputs', [
    node('Unsqueeze', 'began/wide', [began, last]),
    stepsAt('output', ran.outputs, place),
    first ?? zero,
  ]);
  return { outputs, states };
}
