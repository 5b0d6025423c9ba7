import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  TensorProtoSchema,
  TensorProto_DataType as TensorType,
  type ValueInfoProto,
  type ValueInfoProtoSchema,
} from 'onnx-buf';
import { utf8 } from '../common/index.js';
import type { Attribute, DataType, Graph, GraphValue, Initializer } from './graph.js';
import { field, join, type Pieces } from './pieces.js';

/**
 * The version of the file format that came with an opset, so that whoever reads the one reads the other:
 * https://github.com/onnx/onnx/blob/main/docs/Versioning.md (opset 13 and 14 with IR 7, to 18 with 8, to 20 with 9).
 */
function irVersionOf(opset: number): bigint {
  const last: readonly (readonly [opset: number, ir: bigint])[] = [
    [14, 7n],
    [18, 8n],
    [20, 9n],
  ];
  return last.find(([to]) => opset <= to)?.[1] ?? 10n;
}

/** Who made a file, in its own words: what it says without its metadata. */
export const producerName = 'onward';

/** What a file without metadata says of itself before its graph, so that it is not taken for one that lost them. */
export const plainModel = 'a model as it is, without labels or samples';

const typeCodes: Readonly<Record<DataType, TensorType>> = {
  float32: TensorType.FLOAT,
  float16: TensorType.FLOAT16,
  float64: TensorType.DOUBLE,
  uint8: TensorType.UINT8,
  int8: TensorType.INT8,
  int32: TensorType.INT32,
  int64: TensorType.INT64,
  bool: TensorType.BOOL,
};

/** The name of an ONNX element type, or undefined for one that we do not write. */
function dataTypeOf(code: number): DataType | undefined {
  return (Object.keys(typeCodes) as DataType[]).find((type) => typeCodes[type] === code);
}

function attributeProto(name: string, attribute: Attribute): MessageInitShape<typeof AttributeProtoSchema> {
  switch (attribute.kind) {
    case 'int':
      return { name, type: AttributeType.INT, i: BigInt(attribute.value) };
    case 'float':
      return { name, type: AttributeType.FLOAT, f: attribute.value };
    case 'ints':
      return { name, type: AttributeType.INTS, ints: attribute.value.map(BigInt) };
    case 'floats':
      return { name, type: AttributeType.FLOATS, floats: [...attribute.value] };
    case 'string':
      return { name, type: AttributeType.STRING, s: utf8(attribute.value) };
    case 'strings':
      return { name, type: AttributeType.STRINGS, strings: attribute.value.map((each) => utf8(each)) };
  }
}

function valueProto({ name, type, dims }: GraphValue): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = dims.map((d) => ({
    value:
      typeof d === 'number' ? { case: 'dimValue' as const, value: BigInt(d) } : { case: 'dimParam' as const, value: d },
  }));
  return { name, type: { value: { case: 'tensorType', value: { elemType: typeCodes[type], shape: { dim } } } } };
}

/** A weight as a field of the graph; its numbers, the last field of it, stay where they are. */
export function initializerPieces({ name, type, dims, bytes }: Initializer): Pieces {
  const head = { name, dims: dims.map(BigInt), dataType: typeCodes[type] };
  return field(GraphProtoSchema.field.initializer, [
    toBinary(TensorProtoSchema, create(TensorProtoSchema, head)),
    ...field(TensorProtoSchema.field.rawData, [bytes]),
  ]);
}

function graphPieces({ name, nodes, initializers, inputs, outputs }: Graph): Pieces {
  const head = {
    name,
    node: nodes.map((node) => ({
      name: node.name,
      opType: node.op,
      input: [...node.inputs],
      output: [...node.outputs],
      attribute: Object.entries(node.attributes).map(([key, value]) => attributeProto(key, value)),
    })),
  };
  const tail = { input: inputs.map(valueProto), output: outputs.map(valueProto) };
  return [
    toBinary(GraphProtoSchema, create(GraphProtoSchema, head)),
    ...[...initializers.values()].flatMap(initializerPieces),
    toBinary(GraphProtoSchema, create(GraphProtoSchema, tail)),
  ];
}

/**
 * The bytes of a model.onnx. The same graph and metadata give the same bytes: fields by their numbers, as protobuf
 * libraries write them.
 * @param metadata `metadata_props`, in this order
 * @throws OnwardError kind `input` for a file of 2 GiB or more, which ONNX cannot hold, before the memory is taken
 */
export function encodeModel(
  graph: Graph,
  metadata: Iterable<readonly [string, string]>,
  producerVersion: string,
): Uint8Array<ArrayBuffer> {
  const metadataProps = [...metadata].map(([key, value]) => ({ key, value }));
  const isPlain = metadataProps.length === 0;
  const head = {
    irVersion: irVersionOf(graph.opset),
    producerName,
    producerVersion,
    ...(isPlain && { docString: plainModel }),
  };
  const tail = { opsetImport: [{ domain: '', version: BigInt(graph.opset) }], metadataProps };
  return join([
    toBinary(ModelProtoSchema, create(ModelProtoSchema, head)),
    ...field(ModelProtoSchema.field.graph, graphPieces(graph)),
    toBinary(ModelProtoSchema, create(ModelProtoSchema, tail)),
  ]);
}

/** @throws whatever the protobuf reader throws on bytes that are not a model */
export function decodeModel(bytes: Uint8Array): ModelProto {
  return fromBinary(ModelProtoSchema, bytes);
}

export interface TensorInfo {
  readonly name: string;
  readonly type: DataType | undefined;
  /** A dimension with neither size nor a plain name is `?`. */
  readonly dims: readonly (number | string)[];
}

/** Element type and dimensions of a graph's input or output; undefined for what is no tensor. */
export function tensorInfo({ name, type: proto }: ValueInfoProto): TensorInfo | undefined {
  const type = proto?.value;
  if (type?.case !== 'tensorType') return undefined;
  const dims = (type.value.shape?.dim ?? []).map(({ value }) => {
    if (value.case === 'dimValue') return Number(value.value);
    // A name, or a term of names: `2*height`, `floor(width/2)`.
    return value.case === 'dimParam' && /^[\w*/+().-]{1,40}$/.test(value.value) ? value.value : '?';
  });
  return { name, type: dataTypeOf(type.value.elemType), dims };
}

/** A name out of a file for a message: short, and on one line whatever is in it. */
export const quoted = (name: string) => JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);

/** An input or output in words: `"image" uint8 [N, 28, 28, 1]`. */
export function describeValue(value: ValueInfoProto): string {
  const info = tensorInfo(value);
  if (!info) return `${quoted(value.name)} that is no tensor`;
  return `${quoted(info.name)} ${info.type ?? 'of another type'} [${info.dims.join(', ')}]`;
}
