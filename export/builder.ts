import {
  type Attribute,
  floatInitializer,
  type Graph,
  type GraphNode,
  type GraphValue,
  type Initializer,
  intInitializer,
} from '../runtime/model/index.js';

/** Collects nodes and constants under unique names. */
export interface GraphBuilder {
  /** Adds a node and gives back the name of its one output. */
  node(
    op: string,
    name: string,
    inputs: readonly string[],
    attributes?: { readonly [name: string]: Attribute },
  ): string;
  /** Adds a float32 constant and gives back its name. */
  floats(name: string, dims: readonly number[], values: Float32Array): string;
  /** Adds an int64 vector and gives back its name. */
  integers(name: string, values: readonly number[]): string;
  finish(graph: { name: string; opset: number; inputs: GraphValue[]; outputs: GraphValue[] }): Graph;
}

export function graphBuilder(): GraphBuilder {
  const nodes: GraphNode[] = [];
  const initializers = new Map<string, Initializer>();
  const taken = new Set<string>();
  const unique = (name: string) => {
    let free = name;
    for (let i = 1; taken.has(free); i++) free = `${name}_${i}`;
    taken.add(free);
    return free;
  };
  const constant = (tensor: Initializer) => {
    initializers.set(tensor.name, tensor);
    return tensor.name;
  };
  return {
    node: (op, name, inputs, attributes = {}) => {
      const output = unique(name);
      nodes.push({ name: output, op, inputs, outputs: [output], attributes });
      return output;
    },
    floats: (name, dims, values) => constant(floatInitializer(unique(name), dims, values)),
    integers: (name, values) => constant(intInitializer(unique(name), values)),
    finish: ({ name, opset, inputs, outputs }) => ({ name, opset, inputs, outputs, nodes, initializers }),
  };
}
