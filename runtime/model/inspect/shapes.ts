import type { AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto } from 'onnx-buf';
import { fromUtf8 } from '../../common/index.js';

/** Sizes of a value, one image or sample in a batch whose size is left open; undefined where they are not known. */
export type Shape = readonly number[] | undefined;

export const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);

export const attribute = (node: NodeProto, name: string): AttributeProto | undefined =>
  node.attribute.find((each) => each.name === name);
const ints = (node: NodeProto, name: string): number[] | undefined => {
  const found = attribute(node, name)?.ints.map(Number);
  return found?.length ? found : undefined;
};
const int = (node: NodeProto, name: string, otherwise: number): number => {
  const found = attribute(node, name);
  return found ? Number(found.i) : otherwise;
};

/** A batch of open size counts as one; what else is open is not known. */
function declared({ type }: ValueInfoProto): Shape {
  if (type?.value.case !== 'tensorType' || !type.value.value.shape) return undefined;
  const sizes = type.value.value.shape.dim.map(({ value }, axis) => {
    if (value.case === 'dimValue') return Number(value.value);
    return axis === 0 ? 1 : undefined;
  });
  return sizes.every((size) => size !== undefined) ? sizes : undefined;
}

/** The numbers of a small int64 constant: shapes, axes. */
function integers(tensor: TensorProto): number[] | undefined {
  const count = product(tensor.dims.map(Number));
  if (tensor.dataType !== 7 || count > 64) return undefined;
  if (tensor.int64Data.length > 0) return tensor.int64Data.map(Number);
  const { rawData } = tensor;
  if (rawData.length < count * 8) return undefined;
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return Array.from({ length: count }, (_, i) => Number(view.getBigInt64(i * 8, true)));
}

/** What of a graph's values is known. */
interface Known {
  shape(name: string | undefined): Shape;
  constant(name: string | undefined): number[] | undefined;
}

type Rule = (node: NodeProto, known: Known) => Shape;

const same: Rule = (node, { shape }) => shape(node.input[0]);

/** https://onnx.ai/onnx/repo-docs/Broadcasting.html */
const broadcast: Rule = (node, { shape }) => {
  const shapes = node.input.map(shape);
  if (!shapes.every((each) => each !== undefined)) return undefined;
  const rank = Math.max(0, ...shapes.map((each) => each.length));
  return Array.from({ length: rank }, (_, axis) =>
    Math.max(1, ...shapes.map((each) => each[axis - rank + each.length] ?? 1)),
  );
};

/** How often a window fits, along each axis of an image. */
function windows(node: NodeProto, image: readonly number[], kernel: readonly number[]): number[] {
  const strides = ints(node, 'strides') ?? kernel.map(() => 1);
  const dilations = ints(node, 'dilations') ?? kernel.map(() => 1);
  const pads = ints(node, 'pads') ?? kernel.flatMap(() => [0, 0]);
  const auto = fromUtf8(attribute(node, 'auto_pad')?.s ?? new Uint8Array());
  const round = int(node, 'ceil_mode', 0) ? Math.ceil : Math.floor;
  return image.map((size, i) => {
    if (auto.startsWith('SAME')) return Math.ceil(size / strides[i]!);
    const padded = size + (auto === 'VALID' ? 0 : pads[i]! + pads[i + image.length]!);
    return round((padded - dilations[i]! * (kernel[i]! - 1) - 1) / strides[i]!) + 1;
  });
}

/** `at`: which input has the weights. */
const convolution =
  (at: number): Rule =>
  (node, { shape }) => {
    const [image, weights] = [shape(node.input[0]), shape(node.input[at])];
    if (!image || !weights) return undefined;
    return [image[0]!, weights[0]!, ...windows(node, image.slice(2), weights.slice(2))];
  };

const transposedConvolution: Rule = (node, { shape }) => {
  const [image, weights] = [shape(node.input[0]), shape(node.input[1])];
  if (!image || !weights) return undefined;
  const channels = weights[1]! * int(node, 'group', 1);
  const given = ints(node, 'output_shape');
  const strides = ints(node, 'strides') ?? image.slice(2).map(() => 1);
  const pads = ints(node, 'pads') ?? image.slice(2).flatMap(() => [0, 0]);
  const dilations = ints(node, 'dilations') ?? strides.map(() => 1);
  const extra = ints(node, 'output_padding') ?? strides.map(() => 0);
  const axes = image.slice(2).map((size, i) => {
    const kernel = dilations[i]! * (weights[i + 2]! - 1) + 1;
    return given?.[i] ?? (size - 1) * strides[i]! + kernel + extra[i]! - pads[i]! - pads[i + strides.length]!;
  });
  return [image[0]!, channels, ...axes];
};

const pool: Rule = (node, { shape }) => {
  const [image, kernel] = [shape(node.input[0]), ints(node, 'kernel_shape')];
  return image && kernel ? [...image.slice(0, 2), ...windows(node, image.slice(2), kernel)] : undefined;
};

const globalPool: Rule = (node, { shape }) => shape(node.input[0])?.map((size, axis) => (axis < 2 ? size : 1));

const gemm: Rule = (node, { shape }) => {
  const [a, b] = [shape(node.input[0]), shape(node.input[1])];
  if (a?.length !== 2 || b?.length !== 2) return undefined;
  return [int(node, 'transA', 0) ? a[1]! : a[0]!, int(node, 'transB', 0) ? b[0]! : b[1]!];
};

const matMul =
  (at: number): Rule =>
  (node, { shape }) => {
    const [a, b] = [shape(node.input[0]), shape(node.input[at])];
    if (!a || !b || a.length < 2 || b.length < 2) return undefined;
    const [outer, inner] = a.length >= b.length ? [a, b] : [b, a];
    const leading = outer.slice(0, -2).map((size, i) => Math.max(size, inner[i - outer.length + inner.length] ?? 1));
    return [...leading, a.at(-2)!, b.at(-1)!];
  };

const reshape: Rule = (node, { shape, constant }) => {
  const [input, wanted] = [shape(node.input[0]), constant(node.input[1])];
  if (!input || !wanted) return undefined;
  const sizes = wanted.map((size, i) => (size === 0 && !int(node, 'allowzero', 0) ? (input[i] ?? 1) : size));
  const rest = product(input) / product(sizes.filter((size) => size !== -1));
  return sizes.map((size) => (size === -1 ? rest : size));
};

const flatten: Rule = (node, { shape }) => {
  const input = shape(node.input[0]);
  if (!input) return undefined;
  const axis = int(node, 'axis', 1);
  const at = axis < 0 ? axis + input.length : axis;
  return [product(input.slice(0, at)), product(input.slice(at))];
};

const transpose: Rule = (node, { shape }) => {
  const input = shape(node.input[0]);
  return input && (ints(node, 'perm') ?? [...input.keys()].reverse()).map((axis) => input[axis]!);
};

const concat: Rule = (node, { shape }) => {
  const shapes = node.input.map(shape);
  if (!shapes.every((each) => each !== undefined) || shapes.length === 0) return undefined;
  const axis = int(node, 'axis', 0);
  const at = axis < 0 ? axis + shapes[0]!.length : axis;
  return shapes[0]!.map((size, i) => (i === at ? shapes.reduce((sum, each) => sum + each[at]!, 0) : size));
};

const axesOf = (node: NodeProto, { constant }: Known, rank: number) =>
  (ints(node, 'axes') ?? constant(node.input[1]))?.map((axis) => (axis < 0 ? axis + rank : axis));

const squeeze: Rule = (node, known) => {
  const input = known.shape(node.input[0]);
  if (!input) return undefined;
  const axes = axesOf(node, known, input.length);
  return input.filter((size, axis) => (axes ? !axes.includes(axis) : size !== 1));
};

const unsqueeze: Rule = (node, known) => {
  const input = known.shape(node.input[0]);
  const count = (ints(node, 'axes') ?? known.constant(node.input[1]))?.length;
  if (!input || count === undefined) return undefined;
  const axes = axesOf(node, known, input.length + count)!;
  const left = [...input];
  return Array.from({ length: input.length + count }, (_, axis) => (axes.includes(axis) ? 1 : left.shift()!));
};

const reduce: Rule = (node, known) => {
  const input = known.shape(node.input[0]);
  if (!input) return undefined;
  const axes = axesOf(node, known, input.length) ?? [...input.keys()];
  if (int(node, 'keepdims', 1)) return input.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return input.filter((_, axis) => !axes.includes(axis));
};

const pad: Rule = (node, { shape, constant }) => {
  const [input, pads] = [shape(node.input[0]), ints(node, 'pads') ?? constant(node.input[1])];
  if (!input || pads?.length !== 2 * input.length) return undefined;
  return input.map((size, axis) => size + pads[axis]! + pads[axis + input.length]!);
};

/** Recurrent layers give `[steps, directions, batch, units]`. */
const recurrent: Rule = (node, { shape }) => {
  const [input, weights] = [shape(node.input[0]), shape(node.input[2])];
  return input && weights ? [input[0]!, weights[0]!, input[1]!, weights[2]!] : undefined;
};

const gather: Rule = (node, { shape }) => {
  const [input, indices] = [shape(node.input[0]), shape(node.input[1])];
  if (!input || !indices) return undefined;
  const axis = int(node, 'axis', 0);
  const at = axis < 0 ? axis + input.length : axis;
  return [...input.slice(0, at), ...indices, ...input.slice(at + 1)];
};

const each = (names: string, rule: Rule) => names.split(' ').map((name): [string, Rule] => [name, rule]);

const rules: ReadonlyMap<string, Rule> = new Map([
  ...each(
    'Abs BatchNormalization Cast Ceil Clip Cos DequantizeLinear Dropout Elu Erf Exp Floor Gelu HardSigmoid HardSwish Identity InstanceNormalization LRN LayerNormalization LeakyRelu Log LogSoftmax Mish Neg Not QuantizeLinear Reciprocal Relu Round Selu Sigmoid Sign Sin Softmax Softplus Softsign Sqrt Tanh ThresholdedRelu GroupNormalization CumSum',
    same,
  ),
  ...each(
    'Add And Div Equal Greater GreaterOrEqual Less LessOrEqual Max Min Mul Or PRelu Pow Sub Sum Where Mean',
    broadcast,
  ),
  ...each('Conv ConvInteger', convolution(1)),
  ...each('QLinearConv', convolution(3)),
  ...each('ConvTranspose', transposedConvolution),
  ...each('AveragePool LpPool MaxPool', pool),
  ...each('GlobalAveragePool GlobalMaxPool', globalPool),
  ...each('Gemm', gemm),
  ...each('MatMul MatMulInteger', matMul(1)),
  ...each('QLinearMatMul', matMul(3)),
  ...each('Reshape', reshape),
  ...each('Flatten', flatten),
  ...each('Transpose', transpose),
  ...each('Concat', concat),
  ...each('Squeeze', squeeze),
  ...each('Unsqueeze', unsqueeze),
  ...each('ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum', reduce),
  ...each('Pad', pad),
  ...each('GRU LSTM RNN', recurrent),
  ...each('Gather', gather),
]);

const isOnnx = ({ domain }: NodeProto) => domain === '' || domain === 'ai.onnx';

/**
 * The shape of every value that can be told without running the graph: what the file declares, and what follows from it.
 * Nothing is guessed: what an operator gives that is not known here stays unknown.
 */
export function shapesOf(graph: GraphProto): (name: string | undefined) => Shape {
  const shapes = new Map<string, Shape>();
  const constants = new Map<string, number[] | undefined>();
  for (const value of [...graph.valueInfo, ...graph.output, ...graph.input]) shapes.set(value.name, declared(value));
  const keep = (name: string, tensor: TensorProto) => {
    shapes.set(name, tensor.dims.map(Number));
    constants.set(name, integers(tensor));
  };
  for (const tensor of graph.initializer) keep(tensor.name, tensor);
  const known: Known = {
    shape: (name) => (name ? shapes.get(name) : undefined),
    constant: (name) => (name ? constants.get(name) : undefined),
  };
  for (const node of graph.node) {
    const value = node.opType === 'Constant' ? attribute(node, 'value')?.t : undefined;
    const output = node.output[0];
    if (!output) continue;
    if (value) keep(output, value);
    else if (!shapes.get(output)) {
      const found = isOnnx(node) ? rules.get(node.opType)?.(node, known) : undefined;
      if (found?.every((size) => Number.isInteger(size) && size >= 0)) shapes.set(output, found);
    }
  }
  return known.shape;
}

/** Multiplications of a node, each with its addition, for one sample; 0 for what has none to speak of, undefined where a shape is not known. */
export function multiplyAdds(node: NodeProto, shape: (name: string | undefined) => Shape): number | undefined {
  const of = (at: number) => shape(node.input[at]);
  const output = shape(node.output[0]);
  const weighted = (weights: Shape, per: Shape, axis: number) =>
    weights && per ? (product(per) * product(weights)) / weights[axis]! : undefined;
  if (!isOnnx(node)) return undefined;
  switch (node.opType) {
    case 'Conv':
    case 'ConvInteger':
      return weighted(of(1), output, 0);
    case 'QLinearConv':
      return weighted(of(3), output, 0);
    case 'ConvTranspose':
      return weighted(of(1), of(0), 0);
    case 'Gemm': {
      const inner = of(0)?.[int(node, 'transA', 0) ? 0 : 1];
      return output && inner !== undefined ? product(output) * inner : undefined;
    }
    case 'MatMul':
    case 'MatMulInteger':
    case 'QLinearMatMul': {
      const inner = of(0)?.at(-1);
      return output && inner !== undefined ? product(output) * inner : undefined;
    }
    case 'GRU':
    case 'LSTM':
    case 'RNN': {
      const [input, weights, recurrentWeights] = [of(0), of(1), of(2)];
      if (!input || !weights || !recurrentWeights) return undefined;
      return input[0]! * input[1]! * (product(weights) + product(recurrentWeights));
    }
    // Bodies of these are not looked into.
    case 'Einsum':
    case 'If':
    case 'Loop':
    case 'Scan':
      return undefined;
    default:
      return 0;
  }
}
