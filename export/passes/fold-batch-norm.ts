import type { Graph, GraphNode } from '../../runtime/model/index.js';
import { freeName } from '../names.js';
import { affineOf } from './affine.js';
import { linearOf, type Rewritten, scaleOutputs } from './linear.js';
import type { Pass } from './pass.js';
import { countUses } from './uses.js';

/** The layer that gives `scale * layer + shift`; undefined when this one cannot take the node. */
function fold(graph: Graph, layer: GraphNode, node: GraphNode): Rewritten | undefined {
  const linear = linearOf(graph, layer);
  const affine = linear && affineOf(graph, node, linear.rank, linear.outputs);
  if (!affine || affine.input !== layer.outputs[0]) return undefined;
  const { node: changed, constants } = scaleOutputs(
    linear,
    affine.scale,
    affine.shift,
    freeName(graph, `${layer.name}/bias`),
  );
  return { node: { ...changed, outputs: node.outputs }, constants };
}

/** Moves batch normalisation, and any constant scale or shift of each channel, into the convolution or dense layer right before it. */
export const foldBatchNorm: Pass = {
  name: 'fold-batch-norm',
  run(graph) {
    const uses = countUses(graph);
    const initializers = new Map(graph.initializers);
    const nodes: GraphNode[] = [];
    /** Where in `nodes` each value is computed. */
    const places = new Map<string, number>();
    for (const node of graph.nodes) {
      const at = node.inputs.map((name) => places.get(name)).find((place) => place !== undefined);
      const layer = at === undefined ? undefined : nodes[at];
      // Whoever else takes the layer's output or its kernel needs them as they are.
      const alone = layer && [layer.outputs[0]!, ...layer.inputs.slice(1)].every((name) => uses.get(name) === 1);
      const folded = alone && fold({ ...graph, nodes, initializers }, layer, node);
      if (folded) {
        nodes[at!] = folded.node;
        for (const constant of folded.constants) initializers.set(constant.name, constant);
      } else nodes.push(node);
      for (const output of node.outputs) places.set(output, folded ? at! : nodes.length - 1);
    }
    return { ...graph, nodes, initializers };
  },
};
