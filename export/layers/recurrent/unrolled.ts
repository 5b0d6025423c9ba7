import { int } from '../../../runtime/model/index.js';
import type { GraphBuilder } from '../../builder.js';
import type { Ran, Run } from './run.js';
import { project, stepOf } from './step.js';

/** A sequence `[N, steps, ...]` as its steps, `[N, 1, ...]` each. */
export const stepsOf = (builder: GraphBuilder, sequence: string, steps: number, name: string): string[] =>
  builder.nodes('Split', name, steps, [sequence, builder.integers(`${name}/sizes`, new Array(steps).fill(1))], {
    axis: int(1),
  });

/** States after a step that only counts where `mask` is true. */
export function freeze(
  builder: GraphBuilder,
  mask: string,
  fresh: readonly string[],
  old: readonly string[] | undefined,
  name: string,
): string[] {
  const zero = builder.floats('recurrent/zero', [], Float32Array.of(0));
  return fresh.map((state, i) => builder.node('Where', `${name}/state${i}`, [mask, state, old?.[i] ?? zero]));
}

/** The steps in the order in which they run, and what each gave at its place in time. */
export function overSteps<T>(steps: number, backwards: boolean, run: (t: number) => T): T[] {
  const order = Array.from({ length: steps }, (_, i) => (backwards ? steps - 1 - i : i));
  const given = order.map(run);
  return backwards ? given.reverse() : given;
}

/** A cell over a sequence, step by step in plain operators: any activation, any mask. */
export function runUnrolled({ builder, cell, input, steps, initial, mask, backwards }: Run): Ran {
  const { name } = cell;
  // Every state keeps an axis of one step, so that nothing has to be reshaped in between.
  const one = builder.integers(`${name}/step`, [1]);
  const projected = stepsOf(builder, project(builder, cell, input), steps, `${name}/inputs`);
  const last = builder.integers(`${name}/last`, [-1]);
  const masks =
    mask && stepsOf(builder, builder.node('Unsqueeze', `${name}/mask`, [mask, last]), steps, `${name}/masks`);
  const step = stepOf(builder, cell);
  let states = initial?.map((state, i) => builder.node('Unsqueeze', `${name}/initial${i}`, [state, one]));
  const outputs = overSteps(steps, backwards, (t) => {
    const at = `${name}/${t}`;
    const fresh = step(projected[t]!, states, at);
    states = masks ? freeze(builder, masks[t]!, fresh, states, at) : fresh;
    return states[0]!;
  });
  return {
    outputs: builder.node('Concat', `${name}/outputs`, outputs, { axis: int(1) }),
    states: states!.map((state, i) => builder.node('Squeeze', `${name}/state${i}`, [state, one])),
  };
}
