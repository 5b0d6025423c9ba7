import { floatInitializer, floatsOf, type Graph, type GraphNode, type Initializer } from '../../runtime/model/index.js';
import type { Pass } from './pass.js';
import { countUses } from './uses.js';

/** The operators that a scale and a shift of each output channel can move into: which channel a number of the kernel makes. */
const channelOf: ReadonlyMap<string, (dims: readonly number[]) => { channels: number; of: (index: number) => number }> =
  new Map([
    // [out, in, kh, kw]: each filter is one run of numbers.
    [
      'Conv',
      (dims) => {
        const run = dims.slice(1).reduce((a, b) => a * b, 1);
        return { channels: dims[0]!, of: (index) => Math.floor(index / run) };
      },
    ],
    // [in, out], as our Gemm nodes have it.
    ['Gemm', (dims) => ({ channels: dims[1]!, of: (index) => index % dims[1]! })],
  ]);

/** The float32 values of constants; undefined when one of the names is no constant. */
function constantsOf(graph: Graph, names: readonly string[]): Float32Array[] | undefined {
  const tensors = names.map((name) => graph.initializers.get(name));
  return tensors.every((tensor) => tensor !== undefined) ? tensors.map(floatsOf) : undefined;
}

/** A name like `wanted` that nothing in the graph has. */
function freeName({ initializers, nodes }: Graph, wanted: string): string {
  const isTaken = (name: string) => initializers.has(name) || nodes.some(({ outputs }) => outputs.includes(name));
  let name = wanted;
  for (let i = 1; isTaken(name); i++) name = `${wanted}_${i}`;
  return name;
}

/**
 * y = gamma (x - mean) / sqrt(variance + epsilon) + beta, with x = w * input + b, is w' * input + b' where
 * w' = s w and b' = s (b - mean) + beta, s = gamma / sqrt(variance + epsilon). Computed in float64, rounded once.
 * @returns the layer with the new kernel and bias; undefined when this one cannot take it
 */
function fold(
  graph: Graph,
  layer: GraphNode,
  norm: GraphNode,
): { node: GraphNode; constants: Initializer[] } | undefined {
  const layout = channelOf.get(layer.op);
  if (!layout || layer.attributes.transB) return undefined;
  const kernel = graph.initializers.get(layer.inputs[1] ?? '');
  const statistics = constantsOf(graph, norm.inputs.slice(1));
  const weights = constantsOf(graph, layer.inputs.slice(1));
  if (!kernel || !statistics || !weights) return undefined;
  const [gamma, beta, mean, variance] = statistics as [Float32Array, Float32Array, Float32Array, Float32Array];
  const { epsilon } = norm.attributes;
  if (epsilon?.kind !== 'float') return undefined;
  const { channels, of } = layout(kernel.dims);
  const [values, bias = new Float32Array(channels)] = weights as [Float32Array, Float32Array?];

  const scale = Float64Array.from(gamma, (g, c) => g / Math.sqrt(variance[c]! + epsilon.value));
  const scaled = values.map((w, i) => w * scale[of(i)]!);
  const shifted = Float32Array.from(scale, (s, c) => s * (bias[c]! - mean[c]!) + beta[c]!);
  const biasName = layer.inputs[2] ?? freeName(graph, `${layer.name}/bias`);
  return {
    node: { ...layer, inputs: [layer.inputs[0]!, kernel.name, biasName], outputs: norm.outputs },
    constants: [floatInitializer(kernel.name, kernel.dims, scaled), floatInitializer(biasName, [channels], shifted)],
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
      const at =
        node.op === 'BatchNormalization' ? nodes.findIndex(({ outputs }) => outputs[0] === node.inputs[0]) : -1;
      const layer = nodes[at];
      // Whoever else takes the layer's output or its kernel needs them as they are.
      const alone = layer && [layer.outputs[0]!, ...layer.inputs.slice(1)].every((name) => uses.get(name) === 1);
      const folded = alone && fold({ ...graph, initializers }, layer, node);
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
