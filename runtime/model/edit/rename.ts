import type { GraphProto } from 'onnx-buf';
import { graphsOf } from './walk.js';

/** Gives values of a graph other names, wherever they are taken or given. */
export function renameValues(graph: GraphProto, names: ReadonlyMap<string, string>): void {
  if (names.size === 0) return;
  const renamed = (name: string) => names.get(name) ?? name;
  for (const part of graphsOf(graph)) {
    for (const node of part.node) {
      node.input = node.input.map(renamed);
      node.output = node.output.map(renamed);
    }
    for (const value of [...part.input, ...part.output, ...part.valueInfo, ...part.initializer]) {
      value.name = renamed(value.name);
    }
    for (const note of part.quantizationAnnotation) note.tensorName = renamed(note.tensorName);
  }
}
