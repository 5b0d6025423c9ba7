import type { GraphBuilder } from '../../builder.js';
import type { Cell } from './cell.js';

/** One cell, and what it runs over. */
export interface Run {
  readonly builder: GraphBuilder;
  readonly cell: Cell;
  /** In the graph: `[N, steps, inputs]`. */
  readonly input: string;
  readonly steps: number;
  /** In the graph: `[N, units]` each; none are zeros. */
  readonly initial: readonly string[] | undefined;
  /** In the graph: booleans `[N, steps]`. Where it is false, states and output stay as they were. */
  readonly mask: string | undefined;
  /** From the last step to the first. */
  readonly backwards: boolean;
}

/** What a cell gives. */
export interface Ran {
  /** In the graph, `[N, steps, units]`: the output of every step, each at its place in time. */
  readonly outputs: string;
  /** In the graph, `[N, units]` each, after the last step that ran; the first of them is that step's output. */
  readonly states: readonly string[];
}
