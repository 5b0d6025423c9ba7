import type { Initializer } from '../../runtime/model/index.js';
import type { Pass } from './pass.js';

const isSame = (a: Uint8Array, b: Uint8Array) => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
};

/**
 * Constants with the same content become one, under the name of the first. Runs after what changes weights: a bias of
 * zeros that ten layers share could not take a batch normalisation.
 */
export const mergeConstants: Pass = {
  name: 'merge-constants',
  run(graph) {
    const ends = new Set(graph.outputs.map((output) => output.name));
    const alike = new Map<string, Initializer[]>();
    const renamed = new Map<string, string>();
    for (const constant of graph.initializers.values()) {
      const { name, type, dims, bytes } = constant;
      // The first bytes tell nearly all weights apart without looking at the rest.
      const key = `${type} ${dims.join()} ${bytes.subarray(0, 32).join()}`;
      const others = alike.get(key) ?? [];
      const same = others.find((other) => isSame(other.bytes, bytes));
      if (same && !ends.has(name)) renamed.set(name, same.name);
      else alike.set(key, [...others, constant]);
    }
    if (renamed.size === 0) return graph;
    const nodes = graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((name) => renamed.get(name) ?? name),
    }));
    const initializers = new Map([...graph.initializers].filter(([name]) => !renamed.has(name)));
    return { ...graph, nodes, initializers };
  },
};
