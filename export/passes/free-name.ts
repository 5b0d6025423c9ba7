import type { Graph } from '../../runtime/model/index.js';

/** A name like `wanted` that nothing in the graph has. */
export function freeName({ initializers, nodes, inputs }: Graph, wanted: string): string {
  const taken = new Set([...inputs.map(({ name }) => name), ...nodes.flatMap(({ outputs }) => outputs)]);
  let name = wanted;
  for (let i = 1; taken.has(name) || initializers.has(name); i++) name = `${wanted}_${i}`;
  return name;
}
