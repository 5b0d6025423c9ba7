import type { Graph } from '../runtime/model/index.js';

/** Gives names that nothing has yet: the wanted one, or that with a number. What it gave is taken then. */
export function uniqueNames(taken: Set<string>): (wanted: string) => string {
  return (wanted) => {
    let name = wanted;
    for (let i = 1; taken.has(name); i++) name = `${wanted}_${i}`;
    taken.add(name);
    return name;
  };
}

/** Every name that something in a graph has. */
export const namesOf = ({ initializers, nodes, inputs }: Graph): Set<string> =>
  new Set([
    ...inputs.map(({ name }) => name),
    ...initializers.keys(),
    ...nodes.flatMap(({ name, outputs }) => [name, ...outputs]),
  ]);

/** A name like `wanted` that nothing in the graph has. */
export const freeName = (graph: Graph, wanted: string): string => uniqueNames(namesOf(graph))(wanted);
