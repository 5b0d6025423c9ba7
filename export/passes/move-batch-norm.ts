import type { Graph, GraphNode, Initializer } from '../../runtime/model/index.js';
import { freeName } from '../names.js';
import { type Affine, affineOf } from './affine.js';
import { type Linear, linearOf, scaleInputs } from './linear.js';
import type { Pass } from './pass.js';
import { countUses } from './uses.js';

/** Who takes each value. */
function takersOf(graph: Graph): Map<string, GraphNode[]> {
  const takers = new Map<string, GraphNode[]>();
  for (const node of graph.nodes) {
    for (const name of node.inputs) takers.set(name, [...(takers.get(name) ?? []), node]);
  }
  return takers;
}

const isZero = (values: Float64Array) => values.every((value) => value === 0);

/** Whether a pool gives the same of what was scaled and shifted as it gives scaled and shifted. */
function commutes({ op, attributes }: GraphNode, { scale, shift }: Affine): boolean {
  switch (op) {
    case 'GlobalAveragePool':
      return true;
    case 'GlobalMaxPool':
    case 'MaxPool':
      // The largest stays the largest where nothing changes its sign.
      return scale.every((s) => s >= 0);
    case 'AveragePool':
      // Zeros that count into the mean are not shifted.
      return isZero(shift) || attributes.count_include_pad?.kind !== 'int' || attributes.count_include_pad.value === 0;
    default:
      return false;
  }
}

/** For each number of a layer's input the channel that it belongs to: one after the other, `run` numbers of each. */
function repeated(values: Float64Array, run: number): Float64Array {
  return Float64Array.from({ length: values.length * run }, (_, i) => values[Math.floor(i / run)]!);
}

interface Graphs {
  readonly graph: Graph;
  readonly takers: ReadonlyMap<string, readonly GraphNode[]>;
  readonly uses: ReadonlyMap<string, number>;
  readonly ends: ReadonlySet<string>;
}

/** A layer that takes a scale and a shift into its weights. */
interface Target {
  readonly linear: Linear;
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/**
 * All layers in which a value ends, past the pools between; undefined when it goes anywhere that a scale and a shift cannot.
 * @param isFlat whether it was flattened on the way
 */
function targetsOf(graphs: Graphs, value: string, affine: Affine, isFlat = false): Target[] | undefined {
  const { graph, takers, uses, ends } = graphs;
  const nodes = takers.get(value) ?? [];
  if (ends.has(value) || nodes.length === 0) return undefined;
  const targets: Target[] = [];
  for (const node of nodes) {
    const linear = node.inputs[0] === value ? linearOf(graph, node) : undefined;
    if (linear) {
      const channels = affine.scale.length;
      const run = linear.inputs / channels;
      // Several numbers of a channel in a row: only where an image was flattened.
      const fits = run === 1 || (isFlat && Number.isInteger(run));
      const isAlone = node.inputs.slice(1).every((name) => uses.get(name) === 1);
      if (!fits || !isAlone || (linear.isPadded && !isZero(affine.shift))) return undefined;
      targets.push({ linear, scale: repeated(affine.scale, run), shift: repeated(affine.shift, run) });
      continue;
    }
    const flattens = node.op === 'Flatten' && (node.attributes.axis === undefined || isAxisOne(node));
    if (!flattens && (isFlat || !commutes(node, affine))) return undefined;
    // What a MaxPool gives as well, the places of the largest, are nobody's channels.
    if (node.outputs.length !== 1) return undefined;
    const further = targetsOf(graphs, node.outputs[0]!, affine, isFlat || flattens);
    if (!further) return undefined;
    targets.push(...further);
  }
  return targets;
}

const isAxisOne = ({ attributes: { axis } }: GraphNode) => axis?.kind === 'int' && axis.value === 1;

/** How many channels a node normalises, and of how many axes: both known for batch normalisation only. */
function normOf(graph: Graph, node: GraphNode): Affine | undefined {
  if (node.op !== 'BatchNormalization') return undefined;
  const channels = graph.initializers.get(node.inputs[1]!)?.dims[0];
  return channels === undefined ? undefined : affineOf(graph, node, 4, channels);
}

/** A normalisation that has to stay behind the MaxPool that takes it, where that gives the same: a quarter of the numbers. */
function behindPool({ graph, takers, ends }: Graphs, norm: GraphNode, affine: Affine): Graph {
  const [value] = norm.outputs as [string];
  const [pool, ...others] = takers.get(value) ?? [];
  const isAlone = pool?.op === 'MaxPool' && others.length === 0 && pool.outputs.length === 1 && !ends.has(value);
  if (!isAlone || !commutes(pool, affine)) return graph;
  const largest = freeName(graph, `${pool.name}/largest`);
  const first = { ...pool, name: largest, inputs: [norm.inputs[0]!], outputs: [largest] };
  const second = { ...norm, inputs: [largest, ...norm.inputs.slice(1)], outputs: pool.outputs };
  const nodes = graph.nodes.map((node) => (node === norm ? first : node === pool ? second : node));
  return { ...graph, nodes };
}

/**
 * Moves batch normalisation that no layer before it could take (a relu stands between, or a pool) into the layers after it,
 * past pools and Flatten. That is exact where those layers put no zeros around the image, or where nothing is shifted. Where
 * it has to stay, it stays whole (ONNX Runtime makes it a convolution of its own layout, which a lone Add would leave), and
 * behind a MaxPool rather than before it.
 */
export const moveBatchNorm: Pass = {
  name: 'move-batch-norm',
  run(given) {
    let graph = given;
    for (const { name } of given.nodes.filter(({ op }) => op === 'BatchNormalization')) {
      // The one as it stands now: its input may have been renamed by one moved before.
      const node = graph.nodes.find((each) => each.name === name)!;
      const affine = normOf(graph, node);
      if (!affine) continue;
      const ends = new Set(graph.outputs.map((output) => output.name));
      const graphs = { graph, takers: takersOf(graph), uses: countUses(graph), ends };
      const targets = targetsOf(graphs, node.outputs[0]!, affine);
      graph = targets ? moved(graph, node, targets) : behindPool(graphs, node, affine);
    }
    return graph;
  },
};

function moved(graph: Graph, norm: GraphNode, targets: readonly Target[]): Graph {
  const initializers = new Map(graph.initializers);
  const changed = new Map<string, GraphNode>();
  for (const { linear, scale, shift } of targets) {
    const free = freeName({ ...graph, initializers }, `${linear.node.name}/bias`);
    const { node, constants } = scaleInputs(linear, scale, shift, free);
    changed.set(node.name, node);
    for (const constant of constants as Initializer[]) initializers.set(constant.name, constant);
  }
  const [output] = norm.outputs;
  const nodes = graph.nodes
    .filter((node) => node !== norm)
    .map((node) => changed.get(node.name) ?? node)
    .map((node) => ({ ...node, inputs: node.inputs.map((name) => (name === output ? norm.inputs[0]! : name)) }));
  return { ...graph, nodes, initializers };
}
