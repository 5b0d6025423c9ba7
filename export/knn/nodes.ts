import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  NodeProtoSchema,
} from 'onnx-buf';
import { type Initializer, intInitializer } from '../../runtime/model/index.js';

type Settings = Readonly<Record<string, number | readonly number[]>>;

/** Writes nodes behind those of a graph; what it names begins with `knn/`. */
export interface NodeWriter {
  /** The weights that the nodes take, for whoever writes the file. */
  readonly constants: Initializer[];
  /** @returns the first output's name */
  node(op: string, inputs: readonly string[], settings?: Settings, output?: string): string;
  /** @returns the names of both outputs */
  pair(op: string, inputs: readonly string[], settings?: Settings): [string, string];
  /** A constant: float32 unless it is said to be whole numbers. */
  floats(name: string, dims: readonly number[], values: Float32Array): string;
  integers(name: string, values: readonly number[]): string;
  /** Sums along an axis, or a new axis: opset 13 made the axes an input. */
  sum(value: string, axis: number, keep: boolean, output?: string): string;
  unsqueeze(value: string, axis: number): string;
}

const attributeOf = ([name, value]: [string, number | readonly number[]]): MessageInitShape<
  typeof AttributeProtoSchema
> =>
  typeof value === 'number'
    ? Number.isInteger(value) && name !== 'alpha' && name !== 'beta'
      ? { name, type: AttributeType.INT, i: BigInt(value) }
      : { name, type: AttributeType.FLOAT, f: value }
    : { name, type: AttributeType.INTS, ints: value.map(BigInt) };

export function nodeWriter(graph: GraphProto, opset: number): NodeWriter {
  const constants: Initializer[] = [];
  let count = 0;
  const add = (op: string, inputs: readonly string[], settings: Settings, outputs: string[]) => {
    const attribute = Object.entries(settings).map(attributeOf);
    graph.node.push(
      create(NodeProtoSchema, { name: outputs[0]!, opType: op, input: [...inputs], output: outputs, attribute }),
    );
  };
  const next = (op: string) => `knn/${op}/${++count}`;
  const withAxes = (op: string, value: string, axis: number, settings: Settings, output: string) => {
    if (opset >= 13) add(op, [value, axes(axis)], settings, [output]);
    else add(op, [value], { axes: [axis], ...settings }, [output]);
    return output;
  };
  const axes = (axis: number) => integers(`knn/axis/${axis}`, [axis]);
  const integers = (name: string, values: readonly number[]) => {
    if (!constants.some((constant) => constant.name === name)) constants.push(intInitializer(name, values));
    return name;
  };
  return {
    constants,
    node(op, inputs, settings = {}, output = next(op)) {
      add(op, inputs, settings, [output]);
      return output;
    },
    pair(op, inputs, settings = {}) {
      const outputs: [string, string] = [next(op), next(op)];
      add(op, inputs, settings, outputs);
      return outputs;
    },
    floats(name, dims, values) {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      constants.push({ name, type: 'float32', dims, bytes });
      return name;
    },
    integers,
    sum: (value, axis, keep, output = next('ReduceSum')) =>
      withAxes('ReduceSum', value, axis, { keepdims: keep ? 1 : 0 }, output),
    unsqueeze: (value, axis) => withAxes('Unsqueeze', value, axis, {}, next('Unsqueeze')),
  };
}
