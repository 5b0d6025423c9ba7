import { OnwardError } from '../../runtime/common/index.js';
import { floatsOf, type Graph, type GraphNode, type Initializer, int } from '../../runtime/model/index.js';
import { namesOf, uniqueNames } from '../names.js';
import { halfBytes, largestHalf } from './half.js';
import { castTo, typesOf } from './types.js';

/**
 * Operators that stay in float32: sums and powers of many numbers, which lose most in float16 and cost least. Softmax
 * gives probabilities, and ten digits of one are worth having.
 */
const precise: ReadonlySet<string> = new Set([
  ...['Exp', 'LayerNormalization', 'LogSoftmax', 'ReduceLogSumExp', 'ReduceMean', 'ReduceSum', 'Softmax', 'Sqrt'],
  ...['CumSum', 'GRU', 'LSTM', 'RNN'],
]);

/** Inputs that are float32 whatever the type of the others, by operator. */
const alwaysFloat32: ReadonlyMap<string, readonly number[]> = new Map([['Resize', [1, 2]]]);

/** What only scales and moves an image on its way in, at the precision that it was described in. */
const onTheWayIn: ReadonlySet<string> = new Set([
  ...['Cast', 'Mul', 'Add', 'Sub', 'Div', 'Max', 'Sqrt', 'ReduceMax', 'ReduceMean', 'ReduceMin'],
  ...['Gather', 'Transpose', 'Reshape'],
]);

function halved(tensor: Initializer): Initializer {
  const values = floatsOf(tensor);
  const far = values.find((value) => Math.abs(value) > largestHalf && Number.isFinite(value));
  if (far !== undefined) {
    throw new OnwardError(
      'input',
      `the weight "${tensor.name}" holds ${far}, and float16 ends at ${largestHalf}; export it as float32`,
    );
  }
  return { ...tensor, type: 'float16', bytes: halfBytes(values) };
}

/**
 * A graph whose weights and sums are float16, half the size; inputs and outputs keep their types, and what is scaled on
 * its way in, and softmax and other sums of many numbers, stay float32.
 * @throws OnwardError kind `input` for a weight that float16 cannot hold
 */
export function toFloat16(graph: Graph): Graph {
  const types = typesOf(graph);
  const free = uniqueNames(namesOf(graph));
  const constants = new Map(graph.initializers);
  const nodes: GraphNode[] = [];
  /** The values that are float16 now. */
  const half = new Set<string>();
  const entering = new Set(graph.inputs.map(({ name }) => name));
  const casts = new Map<string, string>();

  const cast = (name: string, to: 'float16' | 'float32'): string => {
    const key = `${name} ${to}`;
    const there = casts.get(key);
    if (there) return there;
    const output = free(`${name}/${to}`);
    nodes.push({ name: output, op: 'Cast', inputs: [name], outputs: [output], attributes: { to: int(castTo[to]) } });
    casts.set(key, output);
    return output;
  };
  /** A float value as a node takes it. */
  const as = (name: string, isHalf: boolean): string => {
    if (types.get(name) !== 'float32') return name;
    const constant = constants.get(name);
    if (constant?.type === 'float32' && graph.initializers.has(name)) {
      if (!isHalf) return name;
      const other = casts.get(`${name} float16`) ?? free(`${name}/float16`);
      casts.set(`${name} float16`, other);
      constants.set(other, { ...halved(constant), name: other });
      return other;
    }
    if (half.has(name) === isHalf) return name;
    return cast(name, isHalf ? 'float16' : 'float32');
  };

  for (const node of graph.nodes) {
    const isWayIn = onTheWayIn.has(node.op) && node.inputs.every((name) => entering.has(name) || constants.has(name));
    if (isWayIn) for (const output of node.outputs) entering.add(output);
    const isHalf = !isWayIn && !precise.has(node.op);
    const fixed = alwaysFloat32.get(node.op) ?? [];
    const inputs = node.inputs.map((name, i) => (name === '' || fixed.includes(i) ? name : as(name, isHalf)));
    const makesHalf = isHalf && node.outputs.some((output) => types.get(output) === 'float32');
    const isCast = makesHalf && node.op === 'Cast';
    nodes.push({ ...node, inputs, ...(isCast && { attributes: { to: int(castTo.float16) } }) });
    if (makesHalf) for (const output of node.outputs) half.add(output);
  }
  return withoutUnused(inOutputTypes({ ...graph, nodes, initializers: constants }, half, free));
}

/** Outputs as they were: what is float16 at the end gets another name, and its own goes to a cast of it. */
function inOutputTypes(graph: Graph, half: ReadonlySet<string>, free: (wanted: string) => string): Graph {
  const ends = graph.outputs.filter(({ name }) => half.has(name));
  const renamed = new Map(ends.map(({ name }) => [name, free(`${name}/half`)]));
  const rename = (name: string) => renamed.get(name) ?? name;
  const nodes = graph.nodes.map((node) => ({
    ...node,
    name: rename(node.name),
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }));
  const casts = ends.map(
    ({ name }): GraphNode => ({
      name,
      op: 'Cast',
      inputs: [rename(name)],
      outputs: [name],
      attributes: { to: int(castTo.float32) },
    }),
  );
  return { ...graph, nodes: [...nodes, ...casts] };
}

/** Without the float32 originals of weights that nobody takes any more. */
function withoutUnused(graph: Graph): Graph {
  const used = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
  return { ...graph, initializers: new Map([...graph.initializers].filter(([name]) => used.has(name))) };
}
