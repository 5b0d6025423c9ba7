import type { GraphProto, ModelProto, NodeProto } from 'onnx-buf';

/** A graph and those in its branches and loops. */
export function* graphsOf(graph: GraphProto): Generator<GraphProto> {
  yield graph;
  for (const node of graph.node) for (const inner of bodiesOf(node)) yield* graphsOf(inner);
}

/** The graphs that a node carries: branches, bodies of loops. */
export const bodiesOf = ({ attribute }: NodeProto): GraphProto[] =>
  attribute.flatMap(({ g, graphs }) => [...(g ? [g] : []), ...graphs]);

/** Every value that a node takes; those that its branches and loops take from around them as well. */
export const takenBy = (node: NodeProto): string[] => [
  ...node.input,
  ...bodiesOf(node).flatMap((body) => [...body.node.flatMap(takenBy), ...body.output.map(({ name }) => name)]),
];

/** The version of ONNX's own operators that a file uses. */
export const opsetOf = ({ opsetImport }: ModelProto): number =>
  Number(opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0n);

/** Every name of a value in a graph and in those inside of it. */
export function valueNames(graph: GraphProto): Set<string> {
  const names = new Set<string>();
  for (const { input, output, initializer, node } of graphsOf(graph)) {
    for (const { name } of [...input, ...output, ...initializer]) names.add(name);
    for (const { input: taken, output: given } of node) for (const name of [...taken, ...given]) names.add(name);
  }
  return names;
}
