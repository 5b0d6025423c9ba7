import type { GraphNode } from '../../runtime/model/index.js';
import type { Pass } from './pass.js';

/**
 * Leaves out `Identity` nodes: whoever takes one's output takes its input. One that gives an output of the graph hands its
 * name to the node before it, and stays where that is an output already or there is none (an input that is an output).
 */
export const dropIdentity: Pass = {
  name: 'drop-identity',
  run(graph) {
    const ends = new Set(graph.outputs.map((output) => output.name));
    const computed = new Set(graph.nodes.flatMap((node) => node.outputs));
    const renamed = new Map<string, string>();
    const nameOf = (name: string): string => {
      const other = renamed.get(name);
      return other === undefined ? name : nameOf(other);
    };
    const kept: GraphNode[] = [];
    for (const node of graph.nodes) {
      const [input, output] = [nameOf(node.inputs[0] ?? ''), node.outputs[0]!];
      if (node.op !== 'Identity') kept.push(node);
      else if (!ends.has(output)) renamed.set(output, input);
      else if (computed.has(input) && !ends.has(input)) renamed.set(input, output);
      else kept.push(node);
    }
    const nodes = kept.map((node) => ({
      ...node,
      name: nameOf(node.name),
      inputs: node.inputs.map(nameOf),
      outputs: node.outputs.map(nameOf),
    }));
    return { ...graph, nodes };
  },
};
