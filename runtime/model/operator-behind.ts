import type { GraphNode } from './graph.js';

/** Operators that give the numbers of their first input in another shape or order, and change none. */
const carriers: ReadonlySet<string> = new Set(['Flatten', 'Identity', 'Reshape', 'Squeeze', 'Transpose']);

/** The operator that computes a value, past those that only carry it on; undefined for one that no node computes. */
export function operatorBehind(
  nodes: readonly Pick<GraphNode, 'op' | 'inputs' | 'outputs'>[],
  value: string,
): string | undefined {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node])));
  let node = makers.get(value);
  // As often as there are nodes: somebody's broken graph may go in circles.
  for (let i = 0; i < nodes.length && node && carriers.has(node.op); i++) node = makers.get(node.inputs[0] ?? '');
  return node?.op;
}
