import { floatInitializer, floatsOf, type Graph, type GraphNode, type Initializer } from '../../runtime/model/index.js';
import type { Pass } from './pass.js';
import { countUses } from './uses.js';

/** Nodes that a scale and a shift of each output channel can move into, and where their outputs lie in the kernel. */
const channelStride: ReadonlyMap<
  string,
  (dims: readonly number[]) => { channels: number; of: (index: number) => number }
> = new Map([
  // [out, in, kh, kw]: each filter is one run of numbers.
  [
    'Conv',
    (dims) => {
      const run = dims.slice(1).reduce((a, b) => a * b, 1);
      return { channels: dims[0]!, of: (index) => Math.floor(index / run) };
    },
  ],
  // [in, out]
  ['Gemm', (dims) => ({ channels: dims[1]!, of: (index) => index % dims[1]! })],
]);

/**
 * y = gamma (x - mean) / sqrt(variance + epsilon) + beta, with x = w * input + b, is w' * input + b' where
 * w' = s w and b' = s (b - mean) + beta, s = gamma / sqrt(variance + epsilon). Computed in float64, rounded once.
 */
function fold(
  graph: Graph,
  before: GraphNode,
  norm: GraphNode,
): { node: GraphNode; constants: Initializer[] } | undefined {
  const layout = channelStride.get(before.op);
  const tensors = norm.inputs.slice(1).map((name) => graph.initializers.get(name));
  const kernel = graph.initializers.get(before.inputs[1]!);
  const bias = before.inputs[2] ? graph.initializers.get(before.inputs[2]) : undefined;
  if (!layout || !kernel || (before.inputs[2] && !bias) || tensors.some((t) => !t)) return undefined;
  const [gamma, beta, mean, variance] = tensors.map((t) => floatsOf(t!)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const attribute = norm.attributes.epsilon;
  const epsilon = attribute?.kind === 'float' ? attribute.value : 1e-5;
  const { channels, of } = layout(kernel.dims);

  const scale = Float64Array.from(gamma, (g, c) => g / Math.sqrt(variance[c]! + epsilon));
  const old = bias ? floatsOf(bias) : new Float32Array(channels);
  const folded = floatsOf(kernel).map((w, i) => w * scale[of(i)]!);
  const shifted = Float32Array.from(scale, (s, c) => s * (old[c]! - mean[c]!) + beta[c]!);
  const biasName = bias?.name ?? `${before.name}/bias`;
  return {
    node: { ...before, inputs: [before.inputs[0]!, kernel.name, biasName], outputs: norm.outputs },
    constants: [floatInitializer(kernel.name, kernel.dims, folded), floatInitializer(biasName, [channels], shifted)],
  };
}

/** Moves batch normalisation into the convolution or dense layer right before it. */
export const foldBatchNorm: Pass = {
  name: 'fold-batch-norm',
  run(graph) {
    const uses = countUses(graph);
    const initializers = new Map(graph.initializers);
    const nodes: GraphNode[] = [];
    for (const node of graph.nodes) {
      const at = nodes.findIndex((other) => other.outputs[0] === node.inputs[0]);
      const before = nodes[at];
      // Whoever else takes the layer's output or its kernel needs them as they are.
      const alone = before && [before.outputs[0]!, ...before.inputs.slice(1)].every((name) => uses.get(name) === 1);
      const folded =
        node.op === 'BatchNormalization' && alone ? fold({ ...graph, initializers }, before, node) : undefined;
      if (!folded) {
        nodes.push(node);
        continue;
      }
      nodes[at] = folded.node;
      for (const constant of folded.constants) initializers.set(constant.name, constant);
    }
    return { ...graph, nodes, initializers };
  },
};
