import type { GraphProto, NodeProto } from 'onnx-buf';

/** A convolution in a graph, and what its feature maps are. */
export interface Convolution {
  /** The node's name. */
  readonly name: string;
  /** The value with its feature maps: behind its activation, where it has one. */
  readonly value: string;
  /** The operators from it to there: `Conv, Relu`. */
  readonly operators: readonly string[];
  /** Of its window: `[3, 3]`. */
  readonly kernel: readonly number[];
  readonly isPointwise: boolean;
}

const convolutions = /^(Conv|ConvTranspose|FusedConv|QLinearConv|ConvInteger|NhwcConv)$/;
/** What belongs to a convolution where it alone takes its maps, number by number. */
const behind: ReadonlySet<string> = new Set([
  ...[
    'Add',
    'BatchNormalization',
    'Cast',
    'Clip',
    'DequantizeLinear',
    'Div',
    'Elu',
    'Gelu',
    'HardSigmoid',
    'HardSwish',
  ],
  ...['InstanceNormalization', 'LeakyRelu', 'Mish', 'Mul', 'PRelu', 'QuantizeLinear', 'Relu', 'Selu', 'Sigmoid'],
  ...['Softplus', 'Sub', 'Tanh'],
]);
const activations = /^(Relu|LeakyRelu|PRelu|Clip|Elu|Selu|HardSwish|Mish|Tanh|Softplus|Gelu)$/;

function kernelOf(node: NodeProto, shapes: ReadonlyMap<string, readonly number[]>): number[] {
  const named = node.attribute.find(({ name }) => name === 'kernel_shape')?.ints;
  if (named?.length) return named.map(Number);
  // The weights stand third in the operator of whole numbers.
  const weights = node.opType === 'QLinearConv' ? node.input[3] : node.input[1];
  return [...(shapes.get(weights ?? '')?.slice(2) ?? [])];
}

/**
 * Every convolution of a graph, in the order in which they run. Its feature maps are those behind the activation that it has:
 * in our files, bias and relu of a convolution may wait until its maps are pooled, and then the pooled maps are shown.
 */
export function convolutionsOf(graph: GraphProto): Convolution[] {
  const takers = new Map<string, NodeProto[]>();
  for (const node of graph.node) {
    for (const input of new Set(node.input)) takers.set(input, [...(takers.get(input) ?? []), node]);
  }
  const shapes = new Map(graph.initializer.map(({ name, dims }) => [name, dims.map(Number)] as const));
  for (const node of graph.node) {
    const constant = node.opType === 'Constant' ? node.attribute.find(({ t }) => t)?.t : undefined;
    if (constant) shapes.set(node.output[0]!, constant.dims.map(Number));
  }
  const given = new Set(graph.output.map(({ name }) => name));
  /** The one node that takes a value, and nothing else that is computed. */
  const only = (value: string): NodeProto | undefined => {
    const next = takers.get(value);
    if (next?.length !== 1 || given.has(value)) return undefined;
    return next[0]!.input.every((input) => input === '' || input === value || shapes.has(input)) ? next[0] : undefined;
  };
  return graph.node
    .filter(({ opType, output }) => convolutions.test(opType) && output[0])
    .map((node) => {
      let value = node.output[0]!;
      const operators = [node.opType];
      const follow = (to: NodeProto) => {
        value = to.output[0]!;
        operators.push(to.opType);
      };
      for (let next = only(value); next; next = only(value)) {
        const beyond = next.opType === 'MaxPool' ? only(next.output[0]!) : undefined;
        if (behind.has(next.opType)) follow(next);
        // A pool that stands before what belongs to the convolution.
        else if (beyond && behind.has(beyond.opType) && !operators.some((op) => activations.test(op))) follow(next);
        else break;
      }
      const kernel = kernelOf(node, shapes);
      const isPointwise = kernel.length > 0 && kernel.every((side) => side === 1);
      return { name: node.name || node.output[0]!, value, operators, kernel, isPointwise };
    });
}

/** So many of a list, spread evenly from the first to the last. */
export function spread<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all];
  return Array.from({ length: count }, (_, i) => all[Math.round((i * (all.length - 1)) / (count - 1))]!);
}
