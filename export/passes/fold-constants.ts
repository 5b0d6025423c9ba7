import { floatInitializer, floatsOf, type Graph, type GraphNode, type Initializer } from '../../runtime/model/index.js';
import type { Pass } from './pass.js';

const product = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

const unary: ReadonlyMap<string, (x: number) => number> = new Map([
  ['Abs', Math.abs],
  ['Exp', Math.exp],
  ['Identity', (x) => x],
  ['Log', Math.log],
  ['Neg', (x) => -x],
  ['Reciprocal', (x) => 1 / x],
  ['Relu', (x) => Math.max(x, 0)],
  ['Sqrt', Math.sqrt],
]);

const binary: ReadonlyMap<string, (a: number, b: number) => number> = new Map([
  ['Add', (a, b) => a + b],
  ['Div', (a, b) => a / b],
  ['Mul', (a, b) => a * b],
  ['Sub', (a, b) => a - b],
]);

/** Where number `i` of a broadcast result comes from in a tensor of `dims`, whose axes are counted from the last. */
function sourceOf(dims: readonly number[], result: readonly number[]): (i: number) => number {
  const missing = result.length - dims.length;
  return (i) => {
    let [rest, at, stride] = [i, 0, 1];
    for (let axis = result.length - 1; axis >= missing; axis--) {
      const size = dims[axis - missing]!;
      at += size === 1 ? 0 : (rest % result[axis]!) * stride;
      stride *= size;
      rest = Math.floor(rest / result[axis]!);
    }
    return at;
  };
}

/** The shape of what broadcasting gives, https://github.com/onnx/onnx/blob/main/docs/Broadcasting.md. */
function broadcast(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const at = (dims: readonly number[], axis: number) => dims[axis - (rank - dims.length)] ?? 1;
  const dims = Array.from({ length: rank }, (_, i) => (at(a, i) === 1 ? at(b, i) : at(a, i)));
  return dims.every((size, i) => [1, size].includes(at(a, i)) && [1, size].includes(at(b, i))) ? dims : undefined;
}

/** What a node gives of float32 constants, computed in float64 and rounded once; undefined for an operator not known here. */
function evaluate({ op, inputs, outputs, attributes }: GraphNode, tensors: readonly Initializer[]) {
  const [a, b] = tensors as [Initializer, Initializer?];
  const name = outputs[0]!;
  if (a.type !== 'float32' || outputs.length !== 1) return undefined;
  const values = floatsOf(a);
  const one = unary.get(op);
  if (one && inputs.length === 1) return floatInitializer(name, a.dims, values.map(one));
  const two = binary.get(op);
  if (two && b?.type === 'float32') {
    const dims = broadcast(a.dims, b.dims);
    if (!dims) return undefined;
    const [others, fromA, fromB] = [floatsOf(b), sourceOf(a.dims, dims), sourceOf(b.dims, dims)];
    const result = Float32Array.from({ length: product(dims) }, (_, i) => two(values[fromA(i)]!, others[fromB(i)]!));
    return floatInitializer(name, dims, result);
  }
  if (op === 'Transpose' && attributes.perm?.kind === 'ints') {
    const perm = attributes.perm.value;
    const dims = perm.map((axis) => a.dims[axis]!);
    const strides = a.dims.map((_, axis) => product(a.dims.slice(axis + 1)));
    const result = Float32Array.from({ length: values.length }, (_, i) => {
      let [rest, at] = [i, 0];
      for (let axis = dims.length - 1; axis >= 0; axis--) {
        at += (rest % dims[axis]!) * strides[perm[axis]!]!;
        rest = Math.floor(rest / dims[axis]!);
      }
      return values[at]!;
    });
    return floatInitializer(name, dims, result);
  }
  return undefined;
}

/** The number in `x * 1`, `x / 1`, `x + 0` and `x - 0`. */
const neutral: ReadonlyMap<string, number> = new Map([
  ['Add', 0],
  ['Div', 1],
  ['Mul', 1],
  ['Sub', 0],
]);

/** What `x * 1` and its like leave as it is: x. Only a constant without axes is sure not to widen it. */
function unchanged(graph: Graph, { op, inputs }: GraphNode): string | undefined {
  const nothing = neutral.get(op);
  if (nothing === undefined) return undefined;
  const isNeutral = (name: string | undefined) => {
    const tensor = graph.initializers.get(name ?? '');
    return tensor?.type === 'float32' && tensor.dims.length === 0 && floatsOf(tensor)[0] === nothing;
  };
  if (isNeutral(inputs[1])) return inputs[0];
  return (op === 'Add' || op === 'Mul') && isNeutral(inputs[0]) ? inputs[1] : undefined;
}

/** Computes what depends on constants alone, and leaves out what changes nothing. */
export const foldConstants: Pass = {
  name: 'fold-constants',
  run(given) {
    const initializers = new Map(given.initializers);
    const graph = { ...given, initializers };
    const ends = new Set(given.outputs.map((output) => output.name));
    const nodes = given.nodes.flatMap((node): GraphNode[] => {
      const tensors = node.inputs.map((name) => initializers.get(name));
      const areConstant = node.inputs.length > 0 && tensors.every((tensor) => tensor !== undefined);
      const result = areConstant && !ends.has(node.outputs[0]!) ? evaluate(node, tensors) : undefined;
      if (result) {
        initializers.set(result.name, result);
        return [];
      }
      const same = unchanged(graph, node);
      return same === undefined ? [node] : [{ ...node, op: 'Identity', inputs: [same], attributes: {} }];
    });
    return { ...graph, nodes };
  },
};
