import { create, toBinary } from '@bufbuild/protobuf';
import { AttributeProto_AttributeType as Attribute, ModelProtoSchema, TensorProto_DataType as Type } from 'onnx-buf';
import type { Servable } from 'onward/serve';

/** Every type of the protocol with the number that ONNX has for it. */
export const types = {
  BOOL: Type.BOOL,
  UINT8: Type.UINT8,
  UINT16: Type.UINT16,
  UINT32: Type.UINT32,
  UINT64: Type.UINT64,
  INT8: Type.INT8,
  INT16: Type.INT16,
  INT32: Type.INT32,
  INT64: Type.INT64,
  FP16: Type.FLOAT16,
  FP32: Type.FLOAT,
  FP64: Type.DOUBLE,
  BYTES: Type.STRING,
} as const;

export type TypeName = keyof typeof types;

const value = (name: string, elemType: number, dims: readonly (number | string)[]) => ({
  name,
  type: {
    value: {
      case: 'tensorType' as const,
      value: {
        elemType,
        shape: {
          dim: dims.map((size) => ({
            value:
              typeof size === 'number'
                ? { case: 'dimValue' as const, value: BigInt(size) }
                : { case: 'dimParam' as const, value: size },
          })),
        },
      },
    },
  },
});

/** A graph of somebody else: nodes with one or two inputs. */
function graph(
  inputs: readonly ReturnType<typeof value>[],
  outputs: readonly ReturnType<typeof value>[],
  node: readonly { opType: string; input: string[]; output: string[]; attribute?: object[] }[],
): Servable {
  const bytes = toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      producerName: 'somebody',
      opsetImport: [{ domain: '', version: 17n }],
      graph: { name: 'test', input: [...inputs], output: [...outputs], node: [...node] },
    }),
  ) as Uint8Array<ArrayBuffer>;
  return { file: 'somebody.onnx', bytes, classifier: undefined, notes: [] };
}

/** Gives back what it gets, `[N, 2]` of every type: `in_FP32` as `out_FP32` and so on. */
export function everyType(names = Object.keys(types) as TypeName[]): Servable {
  return graph(
    names.map((name) => value(`in_${name}`, types[name], ['N', 2])),
    names.map((name) => value(`out_${name}`, types[name], ['N', 2])),
    names.map((name) => ({ opType: 'Identity', input: [`in_${name}`], output: [`out_${name}`] })),
  );
}

/** A sum that takes `[2, 3]` and nothing else: no batches. */
export function fixedSum(): Servable {
  return graph(
    [value('a', Type.FLOAT, [2, 3]), value('b', Type.FLOAT, [2, 3])],
    [value('sum', Type.FLOAT, [2, 3])],
    [{ opType: 'Add', input: ['a', 'b'], output: ['sum'] }],
  );
}

/** Rows of `table` by `index`, both of any number of rows: an index beyond it is what the model itself refuses. */
export function lookup(): Servable {
  return graph(
    [value('index', Type.INT64, ['N']), value('table', Type.FLOAT, ['N', 2])],
    [value('rows', Type.FLOAT, ['N', 2])],
    [{ opType: 'Gather', input: ['table', 'index'], output: ['rows'] }],
  );
}

/** Floats `[N, 4]` and their shape, which is no batch. */
export function negated(): Servable {
  return graph(
    [value('x', Type.FLOAT, ['N', 4])],
    [value('y', Type.FLOAT, ['N', 4])],
    [{ opType: 'Log', input: ['x'], output: ['y'] }],
  );
}

/** Where the values are not zero: as many rows as there are such, whatever came in. */
export function nonZero(): Servable {
  return graph(
    [value('x', Type.FLOAT, ['N', 2])],
    [value('where', Type.INT64, ['found', 2])],
    [
      { opType: 'NonZero', input: ['x'], output: ['columns'] },
      { opType: 'Transpose', input: ['columns'], output: ['where'] },
    ],
  );
}

/** Doubles `x` `n` times: as long as somebody wants a thread to be in native code. */
export function doubledTimes(): Servable {
  const body = {
    name: 'body',
    input: [value('i', Type.INT64, []), value('go', Type.BOOL, []), value('before', Type.FLOAT, [1])],
    output: [value('on', Type.BOOL, []), value('after', Type.FLOAT, [1])],
    node: [
      { opType: 'Identity', input: ['go'], output: ['on'] },
      { opType: 'Add', input: ['before', 'before'], output: ['after'] },
    ],
  };
  return graph(
    [value('n', Type.INT64, [1]), value('x', Type.FLOAT, [1])],
    [value('y', Type.FLOAT, [1])],
    [
      {
        opType: 'Loop',
        input: ['n', '', 'x'],
        output: ['y'],
        attribute: [{ name: 'body', type: Attribute.GRAPH, g: body }],
      },
    ],
  );
}
