import type { GraphProto, NodeProto } from 'onnx-buf';
import { OnwardError } from '../../runtime/common/index.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import { graphOf, namedValue } from './graph-values.js';

/** Operators between what describes an image and the classes. */
const head: ReadonlySet<string> = new Set([
  ...['Add', 'BatchNormalization', 'Cast', 'Clip', 'Div', 'Dropout', 'Elu', 'Erf', 'Gelu', 'Gemm', 'HardSigmoid'],
  ...['HardSwish', 'Identity', 'LayerNormalization', 'LeakyRelu', 'LogSoftmax', 'MatMul', 'Mul', 'PRelu', 'Relu'],
  ...['Selu', 'Sigmoid', 'Softmax', 'Softplus', 'Sub', 'Tanh'],
]);
const isDense = ({ opType }: NodeProto) => opType === 'Gemm' || opType === 'MatMul';

export interface EmbeddingValue {
  /** In the graph. */
  readonly value: string;
  /** What it is, for a person. */
  readonly what: string;
}

/**
 * The value that describes an image: the output `embedding` where a file has one, else what the dense layers at the end take,
 * which is the convolutional base flattened or pooled. Of a network of nothing but dense layers, what the last of them takes.
 * @param output the one with a number for every class
 * @throws OnwardError kind `input` where the graph does not end in dense layers
 */
export function embeddingValue(graph: GraphProto, output: string, name: string): EmbeddingValue {
  if (graph.output.some((value) => value.name === 'embedding')) {
    return { value: 'embedding', what: 'its output "embedding"' };
  }
  const makers = new Map(graph.node.flatMap((node) => node.output.map((value) => [value, node])));
  const constants = new Set(
    [...graph.initializer, ...graph.sparseInitializer].map((tensor) => ('name' in tensor ? tensor.name : '')),
  );
  const isConstant = (value: string) =>
    value === '' || constants.has(value) || makers.get(value)?.opType === 'Constant';
  const lastDense: string[] = [];
  let value = output;
  for (let steps = 0; steps < graph.node.length; steps++) {
    const node = makers.get(value);
    if (!node || !head.has(node.opType)) break;
    const taken = node.input.filter((input) => !isConstant(input));
    if (new Set(taken).size !== 1) break;
    if (isDense(node)) lastDense.push(taken[0]!);
    value = taken[0]!;
  }
  const deepest = lastDense.at(-1);
  if (deepest === undefined) {
    throw new OnwardError(
      'input',
      `${name}: its graph does not end in dense layers over numbers that describe an image, so nothing in it is known to be its embedding; name a layer with --layer`,
    );
  }
  if (hasConvolution(value, makers)) {
    return { value: deepest, what: `"${deepest}", what the dense layers take from the convolutional base` };
  }
  return { value: lastDense[0]!, what: `"${lastDense[0]}", what the last dense layer takes` };
}

function hasConvolution(value: string, makers: ReadonlyMap<string, NodeProto>): boolean {
  const seen = new Set<string>();
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const node = makers.get(next);
    if (!node || seen.has(next)) continue;
    seen.add(next);
    if (/Conv/.test(node.opType)) return true;
    open.push(...node.input);
  }
  return false;
}

/**
 * The value whose numbers are a model's vectors of its images.
 * @param layer as a person names it; default: what describes an image, as `embeddingValue` finds it
 * @throws OnwardError kind `usage` for a layer that is not there, `input` where there is no embedding
 */
export function embeddingOf(model: LoadedModel, layer?: string): EmbeddingValue {
  const graph = graphOf(model);
  const measured = model.neighbours?.layer;
  if (layer === undefined && measured !== undefined && graph.node.some(({ output }) => output.includes(measured))) {
    return { value: measured, what: `"${measured}", what its neighbours are measured by` };
  }
  if (layer === undefined) return embeddingValue(graph, model.output.name, model.name);
  return { value: namedValue(graph, layer), what: `the layer "${layer}"` };
}
