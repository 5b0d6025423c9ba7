import type { Pass } from './pass.js';
import { countUses } from './uses.js';

/** Leaves out nodes whose outputs nobody takes, then constants that nobody takes. */
export const dropUnused: Pass = {
  name: 'drop-unused',
  run(graph) {
    let current = graph;
    for (;;) {
      const uses = countUses(current);
      const nodes = current.nodes.filter((node) => node.outputs.some((output) => uses.has(output)));
      const initializers = new Map([...current.initializers].filter(([name]) => uses.has(name)));
      const done = nodes.length === current.nodes.length && initializers.size === current.initializers.size;
      current = { ...current, nodes, initializers };
      if (done) return current;
    }
  },
};
