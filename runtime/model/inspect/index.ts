import type { GraphProto, ModelProto, TensorProto } from 'onnx-buf';
import { messageOf, OnwardError } from '../../common/index.js';
import { keys } from '../metadata.js';
import { decodeModel, tensorInfo } from '../protobuf.js';
import { digestOf } from '../seal.js';
import { attribute, multiplyAdds, product, shapesOf } from './shapes.js';

/** An input or output of a graph. */
export interface ValueReport {
  readonly name: string;
  /** `float32`; null for what is no tensor, or of a type that has no name here. */
  readonly type: string | null;
  /** A size that is left open has a name, or is `?`. */
  readonly dims: readonly (number | string)[];
}

/** One node of a graph. */
export interface NodeReport {
  readonly name: string;
  readonly op: string;
  /** What it gives first, for one sample; null where that is not known without running it. */
  readonly output: readonly number[] | null;
  readonly parameters: number;
  /** For one sample; null where it is not known. */
  readonly multiplyAdds: number | null;
}

export interface ModelReport {
  readonly bytes: number;
  readonly graph: string;
  readonly producer: string;
  readonly irVersion: number;
  /** By domain; ONNX's own is `ai.onnx`. */
  readonly opsets: { readonly [domain: string]: number };
  readonly inputs: readonly ValueReport[];
  readonly outputs: readonly ValueReport[];
  /** How many nodes of each operator there are, the most frequent first. */
  readonly operators: { readonly [op: string]: number };
  /** Trained numbers: those of constants of a floating or 8 bit type. */
  readonly parameters: number;
  /** Of all constants in the file. */
  readonly constantBytes: number;
  /** Whether constants lie in other files. */
  readonly external: boolean;
  /** For one sample, of the nodes where it is known. */
  readonly multiplyAdds: number;
  /** Nodes that may multiply and whose shapes are not known. */
  readonly unknownNodes: number;
  readonly metadata: { readonly [key: string]: string };
  readonly labels: readonly string[] | null;
  readonly provenance: { readonly [key: string]: unknown } | null;
  /** Whether the file is as onward exported it; null for a file of somebody else. */
  readonly digest: { readonly sha256: string; readonly state: 'intact' | 'altered' } | null;
  readonly nodes: readonly NodeReport[];
}

/** ONNX's numbers for the types that trained numbers have: floats of every width, and 8 bits. */
const trainedTypes: ReadonlySet<number> = new Set([1, 2, 3, 10, 11, 16, 17, 18, 19, 20]);

function constantsOf(graph: GraphProto): TensorProto[] {
  const within = graph.node.map((node) => (node.opType === 'Constant' ? attribute(node, 'value')?.t : undefined));
  return [...graph.initializer, ...within.filter((tensor) => tensor !== undefined)];
}

const countOf = ({ dims }: TensorProto) => product(dims.map(Number));
const parametersOf = (tensor: TensorProto) => (trainedTypes.has(tensor.dataType) ? countOf(tensor) : 0);

const bytesOf = ({ rawData, floatData, int32Data, int64Data, doubleData, uint64Data, stringData }: TensorProto) =>
  rawData.length +
  4 * (floatData.length + int32Data.length) +
  8 * (int64Data.length + doubleData.length + uint64Data.length) +
  stringData.reduce((sum, text) => sum + text.length, 0);

function readProto(bytes: Uint8Array, name: string): ModelProto & { graph: GraphProto } {
  try {
    if (bytes.length === 0) throw new Error('it is empty');
    const model = decodeModel(bytes);
    if (!model.graph || (model.graph.node.length === 0 && model.graph.output.length === 0))
      throw new Error('it holds no graph');
    return model as ModelProto & { graph: GraphProto };
  } catch (cause) {
    throw new OnwardError(
      'input',
      `${name}: expected an ONNX file, but it cannot be read as one (${messageOf(cause)}); it may be truncated or damaged, copy or export it again`,
      { cause },
    );
  }
}

/** What JSON says, where it says what it should. */
function parsed<T>(json: string | undefined, is: (value: unknown) => value is T): T | null {
  try {
    const value: unknown = JSON.parse(json ?? 'null');
    return is(value) ? value : null;
  } catch {
    return null;
  }
}
const isLabels = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((label) => typeof label === 'string');
const isRecord = (value: unknown): value is { [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function nodesOf(graph: GraphProto): NodeReport[] {
  const shape = shapesOf(graph);
  const parameters = new Map(graph.initializer.map((tensor) => [tensor.name, parametersOf(tensor)]));
  const counted = new Set<string>();
  return graph.node.map((node) => {
    // A constant that several nodes take counts where it is taken first.
    const own = node.input.filter((name) => !counted.has(name));
    for (const name of own) counted.add(name);
    const value = node.opType === 'Constant' ? attribute(node, 'value')?.t : undefined;
    return {
      name: node.name || node.output[0] || '',
      op: node.domain && node.domain !== 'ai.onnx' ? `${node.domain}.${node.opType}` : node.opType,
      output: shape(node.output[0]) ?? null,
      parameters: own.reduce((sum, name) => sum + (parameters.get(name) ?? 0), value ? parametersOf(value) : 0),
      multiplyAdds: multiplyAdds(node, shape) ?? null,
    };
  });
}

/**
 * What is in an ONNX file, whoever wrote it. Runs in a browser.
 * @param name for messages: the file's path or address
 * @throws OnwardError kind `input` for bytes that are no ONNX model
 */
export function inspectModel(bytes: Uint8Array, { name }: { name: string }): ModelReport {
  const model = readProto(bytes, name);
  const { graph } = model;
  const metadata = new Map(model.metadataProps.map(({ key, value }) => [key, value]));
  const constants = constantsOf(graph);
  const initializers = new Set(graph.initializer.map((tensor) => tensor.name));
  const nodes = nodesOf(graph);
  const counts = new Map<string, number>();
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  const sha256 = metadata.get(keys.digest);
  const report = (value: GraphProto['input'][number]): ValueReport => {
    const info = tensorInfo(value);
    return { name: value.name, type: info?.type ?? null, dims: info?.dims ?? [] };
  };
  return {
    bytes: bytes.length,
    graph: graph.name,
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    irVersion: Number(model.irVersion),
    opsets: Object.fromEntries(model.opsetImport.map(({ domain, version }) => [domain || 'ai.onnx', Number(version)])),
    inputs: graph.input.filter((value) => !initializers.has(value.name)).map(report),
    outputs: graph.output.map(report),
    operators: Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))),
    parameters: constants.reduce((sum, tensor) => sum + parametersOf(tensor), 0),
    constantBytes: constants.reduce((sum, tensor) => sum + bytesOf(tensor), 0),
    external: constants.some((tensor) => tensor.externalData.length > 0),
    multiplyAdds: nodes.reduce((sum, node) => sum + (node.multiplyAdds ?? 0), 0),
    unknownNodes: nodes.filter((node) => node.multiplyAdds === null).length,
    metadata: Object.fromEntries(metadata),
    labels: parsed(metadata.get(keys.labels), isLabels),
    provenance: parsed(metadata.get(keys.provenance), isRecord),
    digest: sha256 === undefined ? null : { sha256, state: digestOf(bytes, sha256) === sha256 ? 'intact' : 'altered' },
    nodes,
  };
}
