import {
  type Attribute,
  floatInitializer,
  type Graph,
  type GraphNode,
  type GraphValue,
  type Initializer,
  intInitializer,
  operatorBehind,
} from '../runtime/model/index.js';
import { uniqueNames } from './names.js';

/** Collects nodes and constants under unique names. */
export interface GraphBuilder {
  /** The graph is for images and sequences of any size: where an operator can find a size itself, none is written. */
  readonly anySize: boolean;
  /** Adds a node and gives back the name of its one output. */
  node(
    op: string,
    name: string,
    inputs: readonly string[],
    attributes?: { readonly [name: string]: Attribute },
  ): string;
  /** Adds a node with `count` outputs and gives back their names. */
  nodes(
    op: string,
    name: string,
    count: number,
    inputs: readonly string[],
    attributes?: { readonly [name: string]: Attribute },
  ): string[];
  /** Gives a value a reserved name, as an output of the graph. */
  output(value: string, name: string): void;
  /** Adds a float32 constant and gives back its name. The same one twice (a layer that is called twice) is one. */
  floats(name: string, dims: readonly number[], values: Float32Array): string;
  /** Adds an int64 vector and gives back its name. */
  integers(name: string, values: readonly number[]): string;
  /** Adds an int64 number without dimensions, as operators take an axis, and gives back its name. */
  integer(name: string, value: number): string;
  /** What computes a value, past what only carries it on. */
  operatorBehind(value: string): string | undefined;
  finish(graph: { name: string; opset: number; inputs: GraphValue[]; outputs: GraphValue[] }): Graph;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const isSame = (a: Initializer, b: Initializer) =>
  a.type === b.type && a.dims.join() === b.dims.join() && sameBytes(a.bytes, b.bytes);

/** @param reserved names that the graph's inputs and outputs have, which no node and no constant may get */
export function graphBuilder(reserved: Iterable<string> = [], { anySize = false } = {}): GraphBuilder {
  const nodes: GraphNode[] = [];
  const initializers = new Map<string, Initializer>();
  const unique = uniqueNames(new Set(reserved));
  const constant = (tensor: Initializer) => {
    const there = initializers.get(tensor.name);
    if (there && isSame(there, tensor)) return tensor.name;
    const name = unique(tensor.name);
    initializers.set(name, { ...tensor, name });
    return name;
  };
  return {
    anySize,
    node: (op, name, inputs, attributes = {}) => {
      const output = unique(name);
      nodes.push({ name: output, op, inputs, outputs: [output], attributes });
      return output;
    },
    nodes: (op, name, count, inputs, attributes = {}) => {
      const outputs = Array.from({ length: count }, (_, i) => unique(i === 0 ? name : `${name}/${i}`));
      nodes.push({ name: outputs[0]!, op, inputs, outputs, attributes });
      return outputs;
    },
    output: (value, name) => {
      nodes.push({ name, op: 'Identity', inputs: [value], outputs: [name], attributes: {} });
    },
    floats: (name, dims, values) => constant(floatInitializer(name, dims, values)),
    integers: (name, values) => constant(intInitializer(name, values)),
    integer: (name, value) => constant({ ...intInitializer(name, [value]), dims: [] }),
    operatorBehind: (value) => operatorBehind(nodes, value),
    finish: ({ name, opset, inputs, outputs }) => ({ name, opset, inputs, outputs, nodes, initializers }),
  };
}
