import type { FunctionProto, GraphProto, NodeProto, TensorProto, ValueInfoProto } from 'onnx-buf';
import { multiplyAdds } from './multiply-adds.js';
import { attribute, integersGiven, isOnnx, type Known, product, type Shape, shapesGiven, withFields } from './rules.js';

/** What is known of a node without running it. */
export interface NodeWork {
  /** Of its first output. */
  readonly output: Shape;
  readonly multiplyAdds: number | undefined;
}

/** A file's own functions, by domain and name. */
export type Functions = ReadonlyMap<string, FunctionProto>;

export const functionKey = ({ domain }: { domain: string }, name: string) => `${domain}:${name}`;

/** A batch of open size counts as one; what else is open is not known. */
function declared({ type }: ValueInfoProto): Shape {
  if (type?.value.case !== 'tensorType' || !type.value.value.shape) return undefined;
  const sizes = type.value.value.shape.dim.map(({ value }, axis) => {
    if (value.case === 'dimValue') return Number(value.value);
    return axis === 0 ? 1 : undefined;
  });
  return sizes.every((size) => size !== undefined) ? sizes : undefined;
}

/** The numbers of a small int64 constant: shapes, axes. */
function integers(tensor: TensorProto): number[] | undefined {
  const count = product(tensor.dims.map(Number));
  if (tensor.dataType !== 7 || count > 64) return undefined;
  if (tensor.int64Data.length > 0) return tensor.int64Data.map(Number);
  const { rawData } = tensor;
  if (rawData.length < count * 8) return undefined;
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return Array.from({ length: count }, (_, i) => Number(view.getBigInt64(i * 8, true)));
}

/** The values of one graph, or of one function's body: what is not in it is looked for around it. */
interface Scope extends Known {
  keep(name: string, shape: Shape, constant?: number[]): void;
}

function scopeIn(outer?: Known): Scope {
  const shapes = new Map<string, Shape>();
  const constants = new Map<string, number[]>();
  return {
    shape: (name) => (name ? (shapes.has(name) ? shapes.get(name) : outer?.shape(name)) : undefined),
    constant: (name) => (name ? (constants.get(name) ?? outer?.constant(name)) : undefined),
    keep(name, shape, constant) {
      shapes.set(name, shape);
      if (constant) constants.set(name, constant);
    },
  };
}

/** Functions may not call themselves, whatever a damaged file says. */
const deepest = 20;

const total = (works: readonly NodeWork[]) =>
  works.reduce<number | undefined>(
    (sum, work) => (sum === undefined || work.multiplyAdds === undefined ? undefined : sum + work.multiplyAdds),
    0,
  );

const bodyOf = (node: NodeProto, name: string) => attribute(node, name)?.g;

/** The larger branch. */
function workOfIf(node: NodeProto, scope: Scope, functions: Functions, depth: number): NodeWork {
  const branches = ['then_branch', 'else_branch'].map((name) => {
    const body = bodyOf(node, name);
    if (!body) return { output: undefined, multiplyAdds: undefined };
    const inner = scopeIn(scope);
    const works = walkGraph(body, inner, functions, depth);
    return { output: inner.shape(body.output[0]?.name), multiplyAdds: total(works) };
  });
  const [first, second] = branches.map(({ output }) => output);
  const sums = branches.map((branch) => branch.multiplyAdds);
  return {
    output: first && second && first.join() === second.join() ? first : undefined,
    multiplyAdds: sums.every((sum) => sum !== undefined) ? Math.max(...sums) : undefined,
  };
}

/** As many times as a constant says. */
function workOfLoop(node: NodeProto, scope: Scope, functions: Functions, depth: number): NodeWork {
  const body = bodyOf(node, 'body');
  const [times] = scope.constant(node.input[0]) ?? [];
  if (!body || times === undefined) return { output: undefined, multiplyAdds: undefined };
  const inner = scopeIn(scope);
  for (const [i, { name }] of body.input.entries()) inner.keep(name, i < 2 ? [] : scope.shape(node.input[i]));
  const each = total(walkGraph(body, inner, functions, depth));
  return { output: undefined, multiplyAdds: each === undefined ? undefined : each * times };
}

/** A call of one of the file's functions: its body, with what enters it and the attributes of the call. */
function workOfCall(node: NodeProto, called: FunctionProto, scope: Scope, functions: Functions, depth: number) {
  const inner = scopeIn();
  for (const [i, name] of called.input.entries()) {
    inner.keep(name, scope.shape(node.input[i]), scope.constant(node.input[i]));
  }
  const bound = called.node.map((each) =>
    withFields(each, {
      attribute: each.attribute.flatMap((own) => {
        if (!own.refAttrName) return [own];
        const given =
          attribute(node, own.refAttrName) ?? called.attributeProto.find(({ name }) => name === own.refAttrName);
        return given ? [withFields(given, { name: own.name })] : [];
      }),
    }),
  );
  const works = walk(bound, inner, functions, depth);
  const outputs = called.output.map((name) => inner.shape(name));
  for (const [i, name] of node.output.entries()) if (name && !scope.shape(name)) scope.keep(name, outputs[i]);
  return { output: outputs[0], multiplyAdds: total(works) };
}

function workOf(node: NodeProto, scope: Scope, functions: Functions, depth: number): NodeWork {
  const unknown = { output: scope.shape(node.output[0]), multiplyAdds: undefined };
  if (depth > deepest) return unknown;
  const called = functions.get(functionKey(node, node.opType));
  if (called) return workOfCall(node, called, scope, functions, depth + 1);
  if (!isOnnx(node)) return { ...unknown, multiplyAdds: multiplyAdds(node, scope.shape) };
  if (node.opType === 'If') return workOfIf(node, scope, functions, depth + 1);
  if (node.opType === 'Loop') return workOfLoop(node, scope, functions, depth + 1);
  return { ...unknown, multiplyAdds: multiplyAdds(node, scope.shape) };
}

const isSize = (size: number) => Number.isInteger(size) && size >= 0;

function walk(nodes: readonly NodeProto[], scope: Scope, functions: Functions, depth: number): NodeWork[] {
  return nodes.map((node) => {
    const value = node.opType === 'Constant' ? attribute(node, 'value')?.t : undefined;
    const given = value ? [value.dims.map(Number)] : shapesGiven(node, scope);
    const constant = value ? integers(value) : integersGiven(node, scope);
    for (const [i, name] of node.output.entries()) {
      const [before, found] = [scope.shape(name), given[i]];
      // What the file says of a value holds, but for a constant, which is what it is.
      const shape = before && !value ? before : found?.every(isSize) ? found : undefined;
      if (name) scope.keep(name, shape, i === 0 ? constant : undefined);
    }
    const work = workOf(node, scope, functions, depth);
    const [output] = node.output;
    if (output && !scope.shape(output)) scope.keep(output, work.output);
    return { ...work, output: scope.shape(output) };
  });
}

function walkGraph(graph: GraphProto, scope: Scope, functions: Functions, depth: number): NodeWork[] {
  for (const value of [...graph.valueInfo, ...graph.output, ...graph.input]) {
    const shape = declared(value);
    if (shape || !scope.shape(value.name)) scope.keep(value.name, shape);
  }
  for (const tensor of graph.initializer) scope.keep(tensor.name, tensor.dims.map(Number), integers(tensor));
  return walk(graph.node, scope, functions, depth);
}

/**
 * What every node of a graph gives and multiplies, as far as that can be told without running it: from what the file
 * declares, and what follows from it. Nothing is guessed: what an operator gives that is not known here stays unknown.
 */
export const workOfNodes = (graph: GraphProto, functions: Functions): NodeWork[] =>
  walkGraph(graph, scopeIn(), functions, 0);
