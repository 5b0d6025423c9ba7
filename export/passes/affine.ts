import { floatsOf, type Graph, type GraphNode } from '../../runtime/model/index.js';

/** scale * x + shift, with a number for each channel. */
export interface Affine {
  /** x. */
  readonly input: string;
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/**
 * y = gamma (x - mean) / sqrt(variance + epsilon) + beta is scale x + shift, where
 * scale = gamma / sqrt(variance + epsilon) and shift = beta - scale mean.
 */
function normalization(graph: Graph, { inputs, attributes }: GraphNode): Affine | undefined {
  const constants = inputs.slice(1).map((name) => graph.initializers.get(name));
  const { epsilon } = attributes;
  if (epsilon?.kind !== 'float' || !constants.every((tensor) => tensor?.type === 'float32')) return undefined;
  const [gamma, beta, mean, variance] = constants.map((tensor) => floatsOf(tensor!)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const scale = Float64Array.from(gamma, (g, c) => g / Math.sqrt(variance[c]! + epsilon.value));
  const shift = scale.map((s, c) => beta[c]! - s * mean[c]!);
  return { input: inputs[0]!, scale, shift };
}

/** A constant that has one number, or one for each channel of a value of so many axes (the channels are axis 1). */
function perChannel(graph: Graph, name: string, rank: number, channels: number): Float64Array | undefined {
  const tensor = graph.initializers.get(name);
  if (tensor?.type !== 'float32' || tensor.dims.length > rank) return undefined;
  const dims = [...Array<number>(rank - tensor.dims.length).fill(1), ...tensor.dims];
  const values = floatsOf(tensor);
  if (values.length === 1) return new Float64Array(channels).fill(values[0]!);
  const fits = dims.every((size, axis) => size === (axis === 1 ? channels : 1));
  return fits ? Float64Array.from(values) : undefined;
}

/**
 * A node as a scale and a shift of each channel: `BatchNormalization`, or `Add`, `Sub`, `Mul` or `Div` with a constant.
 * @param rank how many axes its input has, the batch among them
 */
export function affineOf(graph: Graph, node: GraphNode, rank: number, channels: number): Affine | undefined {
  if (node.op === 'BatchNormalization') {
    const found = normalization(graph, node);
    return found?.scale.length === channels ? found : undefined;
  }
  const [a, b] = node.inputs as [string, string];
  const isConstant = graph.initializers.has(b);
  const input = isConstant ? a : b;
  const values = ['Add', 'Sub', 'Mul', 'Div'].includes(node.op)
    ? perChannel(graph, isConstant ? b : a, rank, channels)
    : undefined;
  if (!values) return undefined;
  const all = (fill: number) => new Float64Array(channels).fill(fill);
  switch (node.op) {
    case 'Add':
      return { input, scale: all(1), shift: values };
    case 'Mul':
      return { input, scale: values, shift: all(0) };
    case 'Sub':
      return { input, scale: all(isConstant ? 1 : -1), shift: isConstant ? values.map((v) => -v) : values };
    default:
      // A constant divided by what is computed is no scale of it.
      return isConstant ? { input, scale: values.map((v) => 1 / v), shift: all(0) } : undefined;
  }
}
