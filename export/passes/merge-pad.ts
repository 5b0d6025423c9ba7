import { type Graph, type GraphNode, integersOf, ints } from '../../runtime/model/index.js';
import type { Pass } from './pass.js';
import { countUses } from './uses.js';

/** How many zeros a node puts around each axis of space, all begins before all ends; undefined for any other padding. */
function zerosAround(graph: Graph, { op, inputs, attributes }: GraphNode): number[] | undefined {
  const { mode } = attributes;
  // A third input says what is put there, when it is not zero; a fourth says around which axes.
  const isZeros = (mode === undefined || (mode.kind === 'string' && mode.value === 'constant')) && inputs.length === 2;
  const constant = op === 'Pad' && isZeros ? graph.initializers.get(inputs[1]!) : undefined;
  if (!constant) return undefined;
  const pads = integersOf(constant);
  const axes = pads.length / 2;
  const [begins, ends] = [pads.slice(0, axes), pads.slice(axes)];
  const isSpace = [begins, ends].every(([batch, channels, ...space]) => {
    return batch === 0 && channels === 0 && space.every((pad) => pad >= 0);
  });
  return isSpace ? [...begins.slice(2), ...ends.slice(2)] : undefined;
}

/** Zeros that a `Pad` puts around an image become padding of the convolution that takes it. */
export const mergePad: Pass = {
  name: 'merge-pad',
  run(graph) {
    const uses = countUses(graph);
    const computedBy = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
    const merged = new Set<GraphNode>();
    const nodes = graph.nodes.map((node) => {
      const pad = computedBy.get(node.inputs[0] ?? '');
      const zeros =
        node.op === 'Conv' && !node.attributes.auto_pad && pad && uses.get(pad.outputs[0]!) === 1
          ? zerosAround(graph, pad)
          : undefined;
      if (!zeros) return node;
      const { pads } = node.attributes;
      const own = pads?.kind === 'ints' ? pads.value : [];
      merged.add(pad!);
      return {
        ...node,
        inputs: [pad!.inputs[0]!, ...node.inputs.slice(1)],
        attributes: { ...node.attributes, pads: ints(zeros.map((zero, i) => zero + (own[i] ?? 0))) },
      };
    });
    return { ...graph, nodes: nodes.filter((node) => !merged.has(node)) };
  },
};
