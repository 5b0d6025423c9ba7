import type { FunctionProto, GraphProto, NodeProto, TensorProto } from 'onnx-buf';
import { bytesOfType, isTrained } from './element-types.js';
import { product } from './rules.js';

/** Where constants lie that are not in the file itself. */
export interface ExternalFile {
  /** As the model says: relative to the folder that it is in. */
  readonly location: string;
  /** Of the constants in it. */
  readonly bytes: number;
  /** How long the file is at least. */
  readonly end: number;
}

/** The graphs in a node: branches, and bodies of loops. */
export const bodiesOf = (node: NodeProto): GraphProto[] =>
  node.attribute.flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs));

/** The nodes of a graph, and those in the bodies of its nodes. */
export const allNodes = (nodes: readonly NodeProto[]): NodeProto[] =>
  nodes.flatMap((node) => [node, ...bodiesOf(node).flatMap((body) => allNodes(body.node))]);

/** Tensors that a node carries itself: a Constant's value. */
const carried = ({ attribute }: NodeProto): TensorProto[] =>
  attribute.flatMap(({ t, tensors }) => (t ? [t, ...tensors] : tensors));

/** The values of a sparse constant count; where they stand does not. */
const initializersOf = ({ initializer, sparseInitializer }: GraphProto): TensorProto[] => [
  ...initializer,
  ...sparseInitializer.flatMap(({ values }) => (values ? [values] : [])),
];

/** Every constant below a node: its own, and those in its bodies. */
export const constantsBelow = (node: NodeProto): TensorProto[] => [
  ...carried(node),
  ...bodiesOf(node).flatMap(constantsIn),
];

function constantsIn(graph: GraphProto): TensorProto[] {
  return [...initializersOf(graph), ...graph.node.flatMap(constantsBelow)];
}

/** Every constant of a file. */
export const constantsOf = (graph: GraphProto, functions: readonly FunctionProto[]): TensorProto[] => [
  ...constantsIn(graph),
  ...functions.flatMap(({ node }) => node.flatMap(constantsBelow)),
];

const countOf = ({ dims }: TensorProto) => product(dims.map(Number));

/** Trained numbers: those of a floating type, or of at most 8 bits. Scales and zero points of quantised ones are such, too. */
export const parametersOf = (tensor: TensorProto) => (isTrained(tensor.dataType) ? countOf(tensor) : 0);

/** In the file itself. */
export const bytesWithin = (tensor: TensorProto) => {
  const { rawData, floatData, int32Data, int64Data, doubleData, uint64Data, stringData } = tensor;
  return (
    rawData.length +
    4 * (floatData.length + int32Data.length) +
    8 * (int64Data.length + doubleData.length + uint64Data.length) +
    stringData.reduce((sum, text) => sum + text.length, 0)
  );
};

/** https://onnx.ai/onnx/repo-docs/ExternalData.html */
export function externalFiles(constants: readonly TensorProto[]): ExternalFile[] {
  const files = new Map<string, { bytes: number; end: number }>();
  for (const tensor of constants) {
    const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
    const location = entries.get('location');
    if (location === undefined) continue;
    const bytes = Number(entries.get('length') ?? bytesOfType(tensor.dataType, countOf(tensor)));
    const before = files.get(location) ?? { bytes: 0, end: 0 };
    const end = Number(entries.get('offset') ?? 0) + bytes;
    files.set(location, { bytes: before.bytes + bytes, end: Math.max(before.end, end) });
  }
  return [...files].map(([location, file]) => ({ location, ...file }));
}
