import type { AttributeProto, NodeProto } from 'onnx-buf';
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
export const int = (node: NodeProto, name: string, otherwise: number): number => {
  const found = attribute(node, name);
  return found ? Number(found.i) : otherwise;
};

/** A message with other fields. Its defaults stand in its prototype, which a spread would lose. */
export const withFields = <T extends object>(message: T, fields: Partial<T>): T =>
  Object.assign(Object.create(message) as T, fields);

/** What of a graph's values is known. */
export interface Known {
  shape(name: string | undefined): Shape;
  constant(name: string | undefined): number[] | undefined;
}

/** The shape of what an operator gives. */
type Rule = (node: NodeProto, known: Known) => Shape;
/** The shape of each of its outputs, as far as they are known. */
type Rules = (node: NodeProto, known: Known) => readonly Shape[];

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

/** All steps `[steps, directions, batch, units]`, and the last states `[directions, batch, units]`. */
const recurrent: Rules = (node, { shape }) => {
  const [input, weights] = [shape(node.input[0]), shape(node.input[2])];
  if (!input || !weights) return [];
  const state = [weights[0]!, input[1]!, weights[2]!];
  return [[input[0]!, ...state], state, state];
};

/** https://onnx.ai/onnx/operators/onnx__Slice.html */
const slice: Rule = (node, { shape, constant }) => {
  const input = shape(node.input[0]);
  const [starts, ends] = [
    ints(node, 'starts') ?? constant(node.input[1]),
    ints(node, 'ends') ?? constant(node.input[2]),
  ];
  if (!input || !starts || !ends || (node.input[3] && !constant(node.input[3]))) return undefined;
  const axes = ints(node, 'axes') ?? constant(node.input[3]) ?? [...starts.keys()];
  const steps = node.input[4] ? constant(node.input[4]) : starts.map(() => 1);
  if (!steps) return undefined;
  const sizes = [...input];
  for (const [i, axis] of axes.entries()) {
    const at = axis < 0 ? axis + input.length : axis;
    const [size, step] = [input[at]!, steps[i]!];
    const bound = (place: number) => {
      const from = place < 0 ? place + size : place;
      return step > 0 ? Math.min(Math.max(from, 0), size) : Math.min(Math.max(from, -1), size - 1);
    };
    sizes[at] = Math.max(0, Math.ceil((bound(ends[i]!) - bound(starts[i]!)) / step));
  }
  return sizes;
};

const split: Rules = (node, { shape, constant }) => {
  const input = shape(node.input[0]);
  if (!input) return [];
  const axis = int(node, 'axis', 0);
  const at = axis < 0 ? axis + input.length : axis;
  const equal = Math.ceil(input[at]! / node.output.length);
  const rest = (i: number) => Math.max(0, Math.min(equal, input[at]! - i * equal));
  const parts = ints(node, 'split') ?? (node.input[1] ? constant(node.input[1]) : node.output.map((_, i) => rest(i)));
  return (parts ?? []).map((part) => input.map((size, i) => (i === at ? part : size)));
};

const expand: Rule = (node, { shape, constant }) => {
  const [input, wanted] = [shape(node.input[0]), constant(node.input[1])];
  if (!input || !wanted) return undefined;
  const rank = Math.max(input.length, wanted.length);
  const at = (sizes: readonly number[], axis: number) => sizes[axis - rank + sizes.length] ?? 1;
  return Array.from({ length: rank }, (_, axis) => Math.max(at(input, axis), at(wanted, axis)));
};

const tile: Rule = (node, { shape, constant }) => {
  const [input, times] = [shape(node.input[0]), constant(node.input[1])];
  return times && input?.map((size, axis) => size * (times[axis] ?? 1));
};

/** Where the sizes are given; scales are floats, which are not read here. */
const resize: Rule = (node, { constant }) => constant(node.input[3]);

/** Blocks of pixels to channels (`down`), or channels to blocks. */
const blocks =
  (down: boolean): Rule =>
  (node, { shape }) => {
    const input = shape(node.input[0]);
    if (input?.length !== 4) return undefined;
    const size = int(node, 'blocksize', 1);
    const [n, c, h, w] = input as [number, number, number, number];
    return down ? [n, c * size * size, h / size, w / size] : [n, c / (size * size), h * size, w * size];
  };

const argument: Rule = (node, { shape }) => {
  const input = shape(node.input[0]);
  const axis = int(node, 'axis', 0);
  const at = axis < 0 ? axis + (input?.length ?? 0) : axis;
  return int(node, 'keepdims', 1) ? input?.map((size, i) => (i === at ? 1 : size)) : input?.toSpliced(at, 1);
};

const gather: Rule = (node, { shape }) => {
  const [input, indices] = [shape(node.input[0]), shape(node.input[1])];
  if (!input || !indices) return undefined;
  const axis = int(node, 'axis', 0);
  const at = axis < 0 ? axis + input.length : axis;
  return [...input.slice(0, at), ...indices, ...input.slice(at + 1)];
};

const many = (names: string, rules: Rules) => names.split(' ').map((name): [string, Rules] => [name, rules]);
const each = (names: string, rule: Rule) => many(names, (node, known) => [rule(node, known)]);

/** What ONNX's own operators give. */
const standard: ReadonlyMap<string, Rules> = new Map([
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
  ...many('GRU LSTM RNN', recurrent),
  ...each('Slice', slice),
  ...many('Split', split),
  ...each('Expand', expand),
  ...each('Tile', tile),
  ...each('Resize', resize),
  ...each('SpaceToDepth', blocks(true)),
  ...each('DepthToSpace', blocks(false)),
  ...each('ArgMax ArgMin', argument),
  ...many('DynamicQuantizeLinear', (node, { shape }) => [shape(node.input[0]), [], []]),
  ...each('Gather', gather),
]);

/** Two values with a scale and a zero point each. */
const quantizedPair: Rule = (node, known) =>
  broadcast(withFields(node, { input: [node.input[0]!, node.input[3]!] }), known);

/** What ONNX Runtime's own operators give: those that its quantiser and its optimiser write. */
const contributed: ReadonlyMap<string, Rules> = new Map([
  ...each('BiasGelu FastGelu Gelu QLinearLeakyRelu QLinearSigmoid QLinearSoftmax QuickGelu', same),
  ...each('QLinearAdd QLinearMul', quantizedPair),
  ...each('FusedConv', convolution(1)),
  ...each('FusedGemm', gemm),
  ...each('QGemm', (node, known) => gemm(withFields(node, { input: [node.input[0]!, node.input[3]!] }), known)),
  ...each('DynamicQuantizeMatMul MatMulIntegerToFloat', matMul(1)),
]);

/** ONNX's own operators have no domain, or this one. */
export const isOnnx = ({ domain }: NodeProto) => domain === '' || domain === 'ai.onnx';
export const isOnnxRuntime = ({ domain }: NodeProto) => domain === 'com.microsoft';

/** The shapes of what a node gives, as far as they follow from what is known; none for an operator that is not known here. */
export function shapesGiven(node: NodeProto, known: Known): readonly Shape[] {
  const rules = isOnnx(node) ? standard : isOnnxRuntime(node) ? contributed : undefined;
  return rules?.get(node.opType)?.(node, known) ?? [];
}

/** Integers that follow from others: how exporters compute the shape for a Reshape from that of another value. */
const computed: ReadonlyMap<string, (node: NodeProto, known: Known) => number[] | undefined> = new Map([
  [
    'Shape',
    (node, { shape }) =>
      shape(node.input[0])?.slice(int(node, 'start', 0), attribute(node, 'end') && int(node, 'end', 0)),
  ],
  ...['Cast', 'Identity', 'Squeeze', 'Unsqueeze'].map(
    (name) => [name, (node: NodeProto, { constant }: Known) => constant(node.input[0])] as const,
  ),
  [
    'Concat',
    (node, { constant }) => {
      const parts = node.input.map(constant);
      return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
    },
  ],
  [
    'Gather',
    (node, { constant }) => {
      const [values, places] = [constant(node.input[0]), constant(node.input[1])];
      const found = values && places?.map((place) => values.at(place));
      return found?.every((value) => value !== undefined) ? found : undefined;
    },
  ],
]);

/** The integers that a node gives, where they are known. */
export const integersGiven = (node: NodeProto, known: Known): number[] | undefined =>
  isOnnx(node) ? computed.get(node.opType)?.(node, known) : undefined;
