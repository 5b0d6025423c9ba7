import type { GraphProto } from 'onnx-buf';
import { takenBy } from './walk.js';

/** Takes out of a graph every node, constant and note on a value that what it is to give does not need. */
export function prune(graph: GraphProto, wanted: readonly string[]): void {
  const makers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node])));
  const needed = new Set<string>();
  const open = [...wanted];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    const node = makers.get(name);
    if (node) open.push(...takenBy(node));
  }
  graph.node = graph.node.filter(({ output }) => output.some((name) => name !== '' && needed.has(name)));
  graph.initializer = graph.initializer.filter(({ name }) => needed.has(name));
  graph.sparseInitializer = graph.sparseInitializer.filter(({ values }) => needed.has(values?.name ?? ''));
  graph.valueInfo = graph.valueInfo.filter(({ name }) => needed.has(name));
  graph.quantizationAnnotation = graph.quantizationAnnotation.filter(({ tensorName }) => needed.has(tensorName));
}
