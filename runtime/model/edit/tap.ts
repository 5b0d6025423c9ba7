import { create } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType as TensorType,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { decodeModel } from '../protobuf.js';
import { encodeProto } from './encode.js';
import { valueNames } from './walk.js';

const attribute = (name: string, value: number) => ({ name, type: AttributeType.INT, i: BigInt(value) });

/** A float32 output without a shape: runtimes find it themselves. */
const floatOutput = (name: string) =>
  create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: TensorType.FLOAT } } },
  });

export interface TappedBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The new outputs: one for each value, or one in all. */
  readonly outputs: readonly string[];
}

/**
 * The bytes of an ONNX file that gives values from inside its graph, whoever wrote it: as float32, in their own shapes.
 * @param values names of values in the graph; nothing else of the file changes
 * @param joined as one output `[N, numbers]`, each value flattened and all of them side by side, as `values` lists them
 */
export function withTaps(
  bytes: Uint8Array,
  values: readonly string[],
  { joined = false }: { joined?: boolean } = {},
): TappedBytes {
  const model = decodeModel(bytes);
  const graph = model.graph ?? create(GraphProtoSchema);
  const taken = valueNames(graph);
  const unique = (wanted: string) => {
    let name = wanted;
    for (let i = 1; taken.has(name); i++) name = `${wanted}/${i}`;
    taken.add(name);
    return name;
  };
  const node = (opType: string, input: string[], settings: { [name: string]: number }) => {
    const output = unique(`tap/${opType}`);
    const attributes = Object.entries(settings).map(([name, value]) => attribute(name, value));
    graph.node.push(create(NodeProtoSchema, { name: output, opType, input, output: [output], attribute: attributes }));
    return output;
  };
  const floats = values.map((value) => node('Cast', [value], { to: TensorType.FLOAT }));
  const outputs = joined
    ? [
        node(
          'Concat',
          floats.map((value) => node('Flatten', [value], { axis: 1 })),
          { axis: 1 },
        ),
      ]
    : floats;
  graph.output.push(...outputs.map(floatOutput));
  return { bytes: encodeProto(model), outputs };
}
