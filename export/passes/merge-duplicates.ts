import type { Initializer } from '../../runtime/model/index.js';
import type { Pass } from './pass.js';

/** Constants up to so many bytes are compared by what is in them: shapes and single numbers. */
const small = 64;

const contentOf = ({ type, dims, bytes }: Initializer) => `${type} ${dims.join()} ${bytes.join()}`;

/** Nodes that compute the same from the same become one: two branches that each moved the image's channels, say. */
export const mergeDuplicates: Pass = {
  name: 'merge-duplicates',
  run(graph) {
    // An output of the graph keeps its name, so the node that gives it stays.
    const kept = new Set(graph.outputs.map((output) => output.name));
    const first = new Map<string, readonly string[]>();
    const renamed = new Map<string, string>();
    const meaning = (name: string) => {
      const constant = graph.initializers.get(name);
      return constant && constant.bytes.length <= small ? contentOf(constant) : `"${name}"`;
    };
    const nodes = graph.nodes.flatMap((node) => {
      const inputs = node.inputs.map((name) => renamed.get(name) ?? name);
      const what = JSON.stringify([node.op, inputs.map(meaning), node.attributes, node.outputs.length]);
      const same = first.get(what);
      if (!same || node.outputs.some((name) => kept.has(name))) {
        if (!same) first.set(what, node.outputs);
        return [{ ...node, inputs }];
      }
      for (const [i, output] of node.outputs.entries()) renamed.set(output, same[i]!);
      return [];
    });
    return { ...graph, nodes };
  },
};
