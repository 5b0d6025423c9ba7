import { create } from '@bufbuild/protobuf';
import {
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType as TensorType,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { OnwardError } from '../../runtime/common/index.js';
import {
  decodeModel,
  encodeProto,
  type GoldenText,
  type LoadedModel,
  type Neighbours,
  opsetOf,
  type Provenance,
  prune,
  renameValues,
  sealProto,
  valueNames,
} from '../../runtime/model/index.js';
import type { IndexVectors } from './index-vectors.js';
import { neighbourNodes, voteNodes } from './neighbour-nodes.js';
import { nodeWriter } from './nodes.js';

export interface NeighboursFileOptions {
  /** The value of the network's graph that describes an image. */
  readonly value: string;
  readonly index: IndexVectors;
  /** Of each row of the index. */
  readonly labels: ArrayLike<number>;
  readonly classes: readonly string[];
  readonly k: number;
  readonly weights: Neighbours['weights'];
  /** A usual distance to the k-th neighbour. */
  readonly scale: number;
  readonly provenance: Provenance;
  readonly golden?: GoldenText | undefined;
  readonly producerVersion?: string | undefined;
}

/** `TopK` that looks for the smallest came with it. */
const leastOpset = 11;

const tensor = (name: string, elemType: TensorType, dims: readonly (number | string)[]) => {
  const dim = dims.map((d) => ({
    value:
      typeof d === 'number' ? { case: 'dimValue' as const, value: BigInt(d) } : { case: 'dimParam' as const, value: d },
  }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType, shape: { dim } } } },
  });
};

/** The name of the first version of IEEE numbers that a graph's own are cast to. */
const float32 = { to: TensorType.FLOAT } as const;

/**
 * The network's graph up to the value, taking images as decoders give them.
 * @returns the file, and what the value is called in it
 */
function networkOf(
  { bytes, name, input, tensor: taken }: LoadedModel,
  value: string,
): { model: ModelProto; value: string } {
  const model = decodeModel(bytes);
  const graph = model.graph!;
  const opset = opsetOf(model);
  if (opset < leastOpset) {
    throw new OnwardError(
      'input',
      `${name}: expected a graph of opset ${leastOpset} or later, which can look for the smallest distances, got ${opset}; convert it with onnx.version_converter`,
    );
  }
  prune(graph, [value]);
  const constants = new Set(graph.initializer.map((each) => each.name));
  graph.input = graph.input.filter((each) => each.name === taken.name || constants.has(each.name));
  const isOurs = taken.type === 'uint8' && taken.layout === 'NHWC' && taken.name === 'image';
  const reserved = new Set(['probabilities', 'distances', 'neighbours', 'next_distance', ...(isOurs ? [] : ['image'])]);
  const clash = [...valueNames(graph)].filter((each) => reserved.has(each) || each.startsWith('knn/'));
  const names = new Map(clash.map((each) => [each, `network/${each}`]));
  renameValues(graph, names);
  const named = (each: string) => names.get(each) ?? each;
  if (taken.mean ?? taken.std ?? taken.order) {
    throw new OnwardError(
      'input',
      `${name}: expected a network that takes images as they are or scaled, got one described with a mean, a deviation or BGR; put that into its graph first`,
    );
  }
  if (!isOurs) {
    const network = graph.node.splice(0);
    const { node, floats, constants: added } = nodeWriter(graph, opset);
    const end = named(taken.name);
    let at = 'image';
    if (taken.type === 'float32') {
      at = node('Cast', [at], float32, 'knn/image/float');
      at = node('Mul', [at, floats('knn/image/scale', [], Float32Array.of(taken.scale))], {}, 'knn/image/scaled');
    }
    const isFirst = taken.layout === 'NCHW';
    node(isFirst ? 'Transpose' : 'Identity', [at], isFirst ? { perm: [0, 3, 1, 2] } : {}, end);
    graph.node.push(...network);
    // One number, among theirs.
    graph.initializer.push(...decodeInitializers(added));
    const { width, height, channels } = input;
    graph.input = [
      tensor('image', TensorType.UINT8, [taken.batch ?? 'N', height, width, channels]),
      ...graph.input.filter((each) => each.name !== end),
    ];
  }
  return { model, value: named(value) };
}

/** Our constants as theirs are. */
function decodeInitializers(constants: Parameters<typeof encodeProto>[1]) {
  const model = create(ModelProtoSchema, { graph: create(GraphProtoSchema) });
  return decodeModel(encodeProto(model, constants)).graph!.initializer;
}

/**
 * One ONNX file of a network and what its neighbours say: an image in, as a decoder gives it, `probabilities` out, and with
 * them `distances` [N, k], `neighbours` [N, k] (rows of the index, nearest first) and `next_distance` [N, 1], how far the first
 * one is that has no vote. Whoever wrote the network's file: what decides about the classes in it is left out.
 * @throws OnwardError kind `input` for a graph of an old opset, or a file of 2 GiB or more
 */
export function neighboursFile(network: LoadedModel, options: NeighboursFileOptions): Uint8Array<ArrayBuffer> {
  const { index, labels, classes, k, weights, scale, provenance, golden, producerVersion = '' } = options;
  const { model, value } = networkOf(network, options.value);
  const graph = model.graph!;
  const writer = nodeWriter(graph, opsetOf(model));
  const flat = writer.node('Cast', [writer.node('Flatten', [value], { axis: 1 })], float32);
  const found = neighbourNodes(writer, flat, index, k);
  voteNodes(writer, found, Array.from(labels), { classes: classes.length, k, weights });
  const batch = network.tensor.batch ?? 'N';
  graph.output = [
    tensor('probabilities', TensorType.FLOAT, [batch, classes.length]),
    tensor('distances', TensorType.FLOAT, [batch, k]),
    tensor('neighbours', TensorType.INT64, [batch, k]),
    ...(found.next ? [tensor('next_distance', TensorType.FLOAT, [batch, 1])] : []),
  ];
  const neighbours: Neighbours = {
    ...{ k, metric: index.metric, weights, scale },
    ...{ images: index.count, width: index.width, layer: options.value },
  };
  const metadata = { labels: classes, input: network.input, provenance, golden, neighbours };
  return sealProto(model, metadata, producerVersion, writer.constants);
}

/**
 * The second half alone: `embedding` float32 [N, width] in, `distances`, `neighbours` and `next_distance` out, and with labels
 * `probabilities`.
 */
export function neighboursGraph(
  index: IndexVectors,
  k: number,
  votes?: { labels: ArrayLike<number>; classes: number; weights: Neighbours['weights'] },
): Uint8Array<ArrayBuffer> {
  const opset = 17;
  const graph = create(GraphProtoSchema, { name: 'neighbours' });
  const writer = nodeWriter(graph, opset);
  const found = neighbourNodes(writer, 'embedding', index, k);
  graph.input = [tensor('embedding', TensorType.FLOAT, ['N', index.width])];
  graph.output = [
    tensor('distances', TensorType.FLOAT, ['N', k]),
    tensor('neighbours', TensorType.INT64, ['N', k]),
    ...(found.next ? [tensor('next_distance', TensorType.FLOAT, ['N', 1])] : []),
  ];
  if (votes) {
    voteNodes(writer, found, Array.from(votes.labels), { ...votes, k });
    graph.output.push(tensor('probabilities', TensorType.FLOAT, ['N', votes.classes]));
  }
  const opsetImport = [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(opset) })];
  return encodeProto(create(ModelProtoSchema, { irVersion: 8n, opsetImport, graph }), writer.constants);
}
