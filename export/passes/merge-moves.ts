import { type Graph, type GraphNode, integersOf, ints } from '../../runtime/model/index.js';
import type { Pass } from './pass.js';

const permOf = ({ attributes: { perm } }: GraphNode) => (perm?.kind === 'ints' ? perm.value : undefined);

const isInOrder = (perm: readonly number[]) => perm.every((axis, i) => axis === i);

/** Whether a constant shape copies no size of what it is applied to (0 does), so that only the numbers' order matters. */
function isWhole(graph: Graph, name: string | undefined): boolean {
  const tensor = graph.initializers.get(name ?? '');
  return tensor?.type === 'int64' && integersOf(tensor).every((size) => size !== 0);
}

/**
 * A `Transpose` of a `Transpose` is one, or none where the second undoes the first, and a `Reshape` of a `Reshape` is the
 * second. The first stays for whoever else takes it; `drop-unused` takes away what nobody does.
 */
export const mergeMoves: Pass = {
  name: 'merge-moves',
  run(graph) {
    const computedBy = new Map<string, GraphNode>();
    const nodes = graph.nodes.map((given) => {
      const node = merged(graph, given, computedBy.get(given.inputs[0] ?? ''));
      for (const output of node.outputs) computedBy.set(output, node);
      return node;
    });
    return { ...graph, nodes };
  },
};

function merged(graph: Graph, node: GraphNode, before: GraphNode | undefined): GraphNode {
  const perm = node.op === 'Transpose' ? permOf(node) : undefined;
  if (perm) {
    const first = before?.op === 'Transpose' ? permOf(before) : undefined;
    const both = first ? perm.map((axis) => first[axis]!) : perm;
    const input = first ? before!.inputs[0]! : node.inputs[0]!;
    if (isInOrder(both)) return { ...node, op: 'Identity', inputs: [input], attributes: {} };
    return first ? { ...node, inputs: [input], attributes: { perm: ints(both) } } : node;
  }
  if (node.op === 'Reshape' && before?.op === 'Reshape' && isWhole(graph, node.inputs[1]) && !node.attributes.allowzero)
    return { ...node, inputs: [before.inputs[0]!, node.inputs[1]!] };
  return node;
}
