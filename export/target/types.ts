import type { DataType, Graph, GraphNode } from '../../runtime/model/index.js';

/** ONNX's numbers for element types, as `Cast` takes them (onnx.proto, TensorProto.DataType). */
export const castTo = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11 } as const;

const typeOfCast = new Map<number, DataType>(
  Object.entries(castTo).map(([type, number]) => [number, type as DataType]),
);

/** Operators whose output has a type of its own, whatever they take. */
const own: ReadonlyMap<string, DataType> = new Map([
  ...['And', 'Equal', 'Greater', 'GreaterOrEqual', 'IsInf', 'IsNaN', 'Less', 'LessOrEqual', 'Not', 'Or', 'Xor'].map(
    (op) => [op, 'bool'] as const,
  ),
  ...['ArgMax', 'ArgMin', 'NonZero', 'Shape', 'Size'].map((op) => [op, 'int64'] as const),
]);

/** Operators whose output has the type of another input than the first. */
const typedBy: ReadonlyMap<string, number> = new Map([
  ['OneHot', 2],
  ['Where', 1],
]);

function typeOfOutput(node: GraphNode, typeOf: (name: string) => DataType): DataType {
  const { op, inputs, attributes } = node;
  if (op === 'Cast' && attributes.to?.kind === 'int') return typeOfCast.get(attributes.to.value) ?? 'float32';
  if (op === 'ConstantOfShape') return 'float32';
  return own.get(op) ?? typeOf(inputs[typedBy.get(op) ?? 0] ?? '');
}

/** The element type of every value of a graph whose operators are those that handlers write. */
export function typesOf(graph: Graph): ReadonlyMap<string, DataType> {
  const types = new Map<string, DataType>([
    ...graph.inputs.map(({ name, type }) => [name, type] as const),
    ...[...graph.initializers.values()].map(({ name, type }) => [name, type] as const),
  ]);
  for (const node of graph.nodes) {
    const type = typeOfOutput(node, (name) => types.get(name) ?? 'float32');
    for (const output of node.outputs) types.set(output, type);
  }
  return types;
}
