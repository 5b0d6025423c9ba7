import { OnwardError } from '../../runtime/common/index.js';
import {
  float,
  floatInitializer,
  type Graph,
  type GraphNode,
  type Initializer,
  int,
  intInitializer,
  ints,
} from '../../runtime/model/index.js';
import { namesOf, uniqueNames } from '../names.js';

/** The opsets that can be written: 13 is of 2020 (ONNX 1.8), 22 of 2024 (ONNX 1.17). https://onnx.ai/onnx/operators/ */
export const opsets = { first: 13, last: 22, default: 17 } as const;

/** Where a node writes what it needs besides itself. */
interface Writer {
  constant(tensor: Initializer): string;
  name(wanted: string): string;
}

/** A node in another opset's words. */
type Rewrite = (
  node: GraphNode,
  writer: Writer,
  initializers: ReadonlyMap<string, Initializer>,
) => readonly GraphNode[];

/** From opset 18 on, reductions take their axes as an input (`ReduceSum` has since 13). */
const axesAsInput: Rewrite = (node, writer) => {
  const { axes, ...attributes } = node.attributes;
  if (axes?.kind !== 'ints') return [node];
  const name = writer.constant(intInitializer(`${node.name}/axes`, axes.value));
  return [{ ...node, inputs: [node.inputs[0]!, name], attributes }];
};

/** From opset 18 on, a `Split` without sizes says how many parts it makes. */
const countedSplit: Rewrite = (node) =>
  node.inputs.length > 1
    ? [node]
    : [{ ...node, attributes: { ...node.attributes, num_outputs: int(node.outputs.length) } }];

const oneOutput = (
  op: string,
  name: string,
  inputs: string[],
  attributes: GraphNode['attributes'] = {},
): GraphNode => ({
  name,
  op,
  inputs,
  outputs: [name],
  attributes,
});

/** Before opset 17 there is no `LayerNormalization`: (x - mean) / sqrt(variance + epsilon) * gamma + beta, as its definition has it. */
const composedLayerNormalization: Rewrite = (node, writer, initializers) => {
  const [x, gamma, beta] = node.inputs as [string, string, string?];
  const rank = initializers.get(gamma)!.dims.length;
  const { epsilon } = node.attributes;
  const over = { axes: ints(Array.from({ length: rank }, (_, i) => i - rank)), keepdims: int(1) };
  const floor = floatInitializer(
    `${node.name}/epsilon`,
    [],
    Float32Array.of(epsilon?.kind === 'float' ? epsilon.value : 1e-5),
  );
  const names = ['mean', 'centred', 'squares', 'variance', 'floored', 'deviation', 'normal', 'scaled'] as const;
  const at = Object.fromEntries(names.map((name) => [name, writer.name(`${node.name}/${name}`)])) as Record<
    (typeof names)[number],
    string
  >;
  const nodes = [
    oneOutput('ReduceMean', at.mean, [x], over),
    oneOutput('Sub', at.centred, [x, at.mean]),
    oneOutput('Mul', at.squares, [at.centred, at.centred]),
    oneOutput('ReduceMean', at.variance, [at.squares], over),
    oneOutput('Add', at.floored, [at.variance, writer.constant(floor)]),
    oneOutput('Sqrt', at.deviation, [at.floored]),
    oneOutput('Div', at.normal, [at.centred, at.deviation]),
    oneOutput('Mul', at.scaled, [at.normal, gamma]),
  ];
  const last = beta ? oneOutput('Add', at.scaled, [at.scaled, beta]) : nodes.pop()!;
  return [...nodes, { ...last, name: node.name, outputs: node.outputs }];
};

/** Before opset 14 there is no `HardSwish`: x * hard sigmoid(x). */
const composedHardSwish: Rewrite = (node, writer) => {
  const gate = writer.name(`${node.name}/gate`);
  return [
    oneOutput('HardSigmoid', gate, [node.inputs[0]!], { alpha: float(1 / 6), beta: float(0.5) }),
    { ...node, op: 'Mul', inputs: [node.inputs[0]!, gate] },
  ];
};

const reductions = ['ReduceL1', 'ReduceL2', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd'];

/** What changed, by the first opset with the new form; handlers write as opset 17 has it. */
const after17: ReadonlyMap<string, { from: number; rewrite: Rewrite }> = new Map([
  ...[...reductions, 'ReduceSumSquare'].map((op) => [op, { from: 18, rewrite: axesAsInput }] as const),
  ['Split', { from: 18, rewrite: countedSplit }],
]);

/** Operators that an opset lacks: since which there is one, and how to say the same without. */
const before17: ReadonlyMap<string, { since: number; rewrite?: Rewrite }> = new Map<
  string,
  { since: number; rewrite?: Rewrite }
>([
  ['LayerNormalization', { since: 17, rewrite: composedLayerNormalization }],
  ['HardSwish', { since: 14, rewrite: composedHardSwish }],
  ['GridSample', { since: 16 }],
  ['Trilu', { since: 14 }],
]);

function rewriteOf(node: GraphNode, opset: number): Rewrite | undefined {
  const later = after17.get(node.op);
  if (later && opset >= later.from) return later.rewrite;
  const earlier = before17.get(node.op);
  if (!earlier || opset >= earlier.since) return undefined;
  if (earlier.rewrite) return earlier.rewrite;
  throw new OnwardError(
    'input',
    `"${node.name}" needs the operator ${node.op}, which there is since opset ${earlier.since}, and opset ${opset} was asked for; give --opset ${earlier.since} or later`,
  );
}

/**
 * A graph as opset 17 has it in the words of another one.
 * @throws OnwardError kind `usage` for an opset out of range, `input` for an operator that this one has no words for
 */
export function toOpset(graph: Graph, opset: number): Graph {
  if (!Number.isInteger(opset) || opset < opsets.first || opset > opsets.last) {
    throw new OnwardError('usage', `expected an opset from ${opsets.first} to ${opsets.last}, got ${opset}`);
  }
  const initializers = new Map(graph.initializers);
  const name = uniqueNames(namesOf(graph));
  const writer: Writer = {
    name,
    constant(tensor) {
      const free = name(tensor.name);
      initializers.set(free, { ...tensor, name: free });
      return free;
    },
  };
  const nodes = graph.nodes.flatMap((node) => rewriteOf(node, opset)?.(node, writer, initializers) ?? [node]);
  return { ...graph, opset, nodes, initializers };
}
