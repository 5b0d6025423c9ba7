import type { GraphNode } from '../../runtime/model/index.js';
import type { Pass } from './pass.js';

/** Leaves out nodes whose outputs nobody takes, and constants that nobody takes. */
export const dropUnused: Pass = {
  name: 'drop-unused',
  run(graph) {
    const taken = new Set(graph.outputs.map((output) => output.name));
    const nodes: GraphNode[] = [];
    // From the end: whoever takes a value stands after the node that gives it.
    for (const node of graph.nodes.toReversed()) {
      if (!node.outputs.some((output) => taken.has(output))) continue;
      for (const input of node.inputs) taken.add(input);
      nodes.push(node);
    }
    const initializers = new Map([...graph.initializers].filter(([name]) => taken.has(name)));
    return { ...graph, nodes: nodes.reverse(), initializers };
  },
};
