import type { GraphProto, ModelProto, ValueInfoProto } from 'onnx-buf';
import type { z } from 'zod';
import { messageOf, OnwardError } from '../../common/index.js';
import { whatWasAltered } from '../altered.js';
import type { InputSpec } from '../contract.js';
import { goldenSchema, inputSchema, keys } from '../metadata.js';
import { decodeModel, tensorInfo } from '../protobuf.js';
import { digestOf } from '../seal.js';
import {
  allNodes,
  bytesWithin,
  constantsBelow,
  constantsOf,
  type ExternalFile,
  externalFiles,
  parametersOf,
} from './constants.js';
import { typeName } from './element-types.js';
import { type Functions, functionKey, workOfNodes } from './shapes.js';
import { whatElse } from './what-else.js';

/** An input or output of a graph. */
export interface ValueReport {
  readonly name: string;
  /** `float32`, `string`, `sequence of float32`. */
  readonly type: string;
  /** A size that is left open has a name, or is `?`; null where not even their number is said. */
  readonly dims: readonly (number | string)[] | null;
}

/** One node of a graph. */
export interface NodeReport {
  readonly name: string;
  /** With its domain, where that is not ONNX's own. */
  readonly op: string;
  /** What it gives first, for one sample; null where that is not known without running it. */
  readonly output: readonly number[] | null;
  /** Those in its bodies among them. */
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
  /** How many nodes of each operator there are, the most frequent first; those in branches and loops among them. */
  readonly operators: { readonly [op: string]: number };
  /** The file's own functions: the operators of each. */
  readonly functions: { readonly [op: string]: { readonly [op: string]: number } };
  /** Trained numbers: those of constants of a floating type, or of one of at most 8 bits. */
  readonly parameters: number;
  /** Of all constants in the file itself. */
  readonly constantBytes: number;
  /** Where other constants lie. */
  readonly externalFiles: readonly ExternalFile[];
  /** For one sample, of the nodes where it is known: in a branch the larger side, in a loop as often as a constant says. */
  readonly multiplyAdds: number;
  /** Nodes that may multiply and whose shapes are not known. */
  readonly unknownNodes: number;
  readonly metadata: { readonly [key: string]: string };
  readonly labels: readonly string[] | null;
  /** How an image is fitted. */
  readonly image: InputSpec | null;
  readonly golden: { readonly kind: 'real' | 'noise'; readonly count: number } | null;
  readonly provenance: { readonly [key: string]: unknown } | null;
  /** Whether the file is as onward exported it, or what of it was altered; null for a file of somebody else. */
  readonly digest: {
    readonly sha256: string;
    readonly state: 'intact' | 'altered';
    readonly altered: string | null;
  } | null;
  readonly nodes: readonly NodeReport[];
}

function readProto(bytes: Uint8Array, name: string): ModelProto & { graph: GraphProto } {
  try {
    if (bytes.length === 0) throw new Error('it is empty');
    const model = decodeModel(bytes);
    if (!model.graph || (model.graph.node.length === 0 && model.graph.output.length === 0))
      throw new Error('it holds no graph');
    return model as ModelProto & { graph: GraphProto };
  } catch (cause) {
    const other = whatElse(bytes);
    throw new OnwardError(
      'input',
      other
        ? `${name}: expected an ONNX file, got ${other}`
        : `${name}: expected an ONNX file, but it cannot be read as one (${messageOf(cause)}); it may be truncated or damaged, copy or export it again`,
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

const isInput = (value: unknown): value is InputSpec => inputSchema.safeParse(value).success;
const isGolden = (value: unknown): value is z.infer<typeof goldenSchema> => goldenSchema.safeParse(value).success;

const opName = ({ domain, opType }: { domain: string; opType: string }) =>
  domain && domain !== 'ai.onnx' ? `${domain}.${opType}` : opType;

/** The most frequent first. */
function counted(names: readonly string[]): { [name: string]: number } {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}

const operatorsOf = (nodes: GraphProto['node']) => counted(allNodes(nodes).map(opName));

function nodesOf(graph: GraphProto, functions: Functions): NodeReport[] {
  const works = workOfNodes(graph, functions);
  const parameters = new Map(graph.initializer.map((tensor) => [tensor.name, parametersOf(tensor)]));
  const taken = new Set<string>();
  return graph.node.map((node, i) => {
    // A constant that several nodes take counts where it is taken first.
    const own = node.input.filter((name) => !taken.has(name));
    for (const name of own) taken.add(name);
    const below = constantsBelow(node).reduce((sum, tensor) => sum + parametersOf(tensor), 0);
    return {
      name: node.name || node.output[0] || '',
      op: opName(node),
      output: works[i]!.output ?? null,
      parameters: own.reduce((sum, name) => sum + (parameters.get(name) ?? 0), below),
      multiplyAdds: works[i]!.multiplyAdds ?? null,
    };
  });
}

function reportOf(value: ValueInfoProto): ValueReport {
  const tensor = value.type?.value;
  const known = tensor?.case === 'tensorType' && tensor.value.shape;
  return { name: value.name, type: typeName(value.type), dims: known ? (tensorInfo(value)?.dims ?? null) : null };
}

/** Whether a file that carries a digest is as it was written. */
function digestReport(
  model: ModelProto,
  bytes: Uint8Array,
  metadata: ReadonlyMap<string, string>,
): ModelReport['digest'] {
  const sha256 = metadata.get(keys.digest);
  const entries = new Map([...metadata].filter(([key]) => key.startsWith('onward.')));
  if (sha256 === undefined && entries.size === 0) return null;
  if (sha256 !== undefined && digestOf(bytes, sha256) === sha256) return { sha256, state: 'intact', altered: null };
  return { sha256: sha256 ?? '', state: 'altered', altered: whatWasAltered(model, entries) };
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
  const functions = new Map(model.functions.map((each) => [functionKey(each, each.name), each]));
  const constants = constantsOf(graph, model.functions);
  const initializers = new Set(graph.initializer.map((tensor) => tensor.name));
  const nodes = nodesOf(graph, functions);
  const golden = parsed(metadata.get(keys.golden), isGolden);
  return {
    bytes: bytes.length,
    graph: graph.name,
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    irVersion: Number(model.irVersion),
    opsets: Object.fromEntries(model.opsetImport.map(({ domain, version }) => [domain || 'ai.onnx', Number(version)])),
    inputs: graph.input.filter((value) => !initializers.has(value.name)).map(reportOf),
    outputs: graph.output.map(reportOf),
    operators: operatorsOf(graph.node),
    functions: Object.fromEntries(
      model.functions.map((each) => [opName({ domain: each.domain, opType: each.name }), operatorsOf(each.node)]),
    ),
    parameters: constants.reduce((sum, tensor) => sum + parametersOf(tensor), 0),
    constantBytes: constants.reduce((sum, tensor) => sum + bytesWithin(tensor), 0),
    externalFiles: externalFiles(constants),
    multiplyAdds: nodes.reduce((sum, node) => sum + (node.multiplyAdds ?? 0), 0),
    unknownNodes: nodes.filter((node) => node.multiplyAdds === null).length,
    metadata: Object.fromEntries(metadata),
    labels: parsed(metadata.get(keys.labels), isLabels),
    image: parsed(metadata.get(keys.input), isInput),
    golden: golden && { kind: golden.kind, count: golden.count },
    provenance: parsed(metadata.get(keys.provenance), isRecord),
    digest: digestReport(model, bytes, metadata),
    nodes,
  };
}
