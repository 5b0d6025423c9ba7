import type { Graph } from '../../runtime/model/index.js';

/** How often each value is taken, by nodes and as an output of the graph. */
export function countUses(graph: Graph): Map<string, number> {
  const uses = new Map<string, number>();
  for (const name of [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs.map((output) => output.name)]) {
    uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  return uses;
}
