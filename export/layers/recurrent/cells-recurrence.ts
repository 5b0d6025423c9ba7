import { plain } from '../../layout.js';
import { refuse } from '../handler.js';
import { cellsOf, kinds } from './cell.js';
import { runMasked } from './masked.js';
import { hasOperator, runOperator } from './operator.js';
import { maskOf, type Recurrence, type RecurrenceCall } from './recurrence.js';
import type { Run } from './run.js';
import { runUnrolled } from './unrolled.js';

/**
 * Cells over a sequence `[steps, inputs]`. A stack of cells is one after another over the whole sequence: what a cell sees
 * at a step is what the one below gave at that step, and a masked step leaves all of them as they were.
 */
export function runCells(call: RecurrenceCall): Recurrence {
  const { builder, recurrent, name, backwards } = call;
  const { shape } = call.sequence;
  if (shape.length !== 2) throw refuse(call, `takes [steps, numbers], got [${shape.join(', ')}]`);
  const [steps, inputs] = shape as [number, number];
  const cells = cellsOf(call, { class_name: recurrent.className, config: recurrent.config }, recurrent.weights, name);
  if (cells[0]?.kernel.dims[0] !== inputs) {
    throw refuse(
      call,
      `has a kernel for ${cells[0]?.kernel.dims[0] ?? 0} numbers, and its input has [${shape.join(', ')}]`,
    );
  }
  const mask = maskOf(call, call.sequence)?.name;

  // TensorFlow.js lists the states of the last cell first.
  const count = cells.reduce((sum, { kind }) => sum + kinds[kind].states, 0);
  if (call.initial.length > 0 && call.initial.length !== count) {
    throw refuse(call, `has ${count} states, and takes ${call.initial.length} as its initial ones`);
  }
  const given = call.initial.map((state) => plain(builder, state).name);
  let end = given.length;
  let input = plain(builder, call.sequence).name;
  const states = cells.map((cell) => {
    const begin = end - kinds[cell.kind].states;
    const initial = given.length > 0 ? given.slice(begin, end) : undefined;
    end = begin;
    const run: Run = { builder, cell, input, steps, initial, mask, backwards };
    const ran = (hasOperator(cell) ? (mask === undefined ? runOperator : runMasked) : runUnrolled)(run);
    input = ran.outputs;
    return ran.states.map((state) => ({ name: state, shape: [cell.units], order: 'plain' as const }));
  });
  return {
    outputs: { name: input, shape: [steps, cells.at(-1)!.units], order: 'plain' },
    states: states.reverse().flat(),
  };
}
