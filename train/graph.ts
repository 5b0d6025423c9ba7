import type { LayersModel, SymbolicTensor, Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../machine/index.js';

type Layer = LayersModel['layers'][number];

/** One call of a layer: what goes in, and what comes out. */
export interface LayerCall {
  readonly layer: Layer;
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
}

/** What TensorFlow.js' layers have and do not declare. */
interface Calls {
  readonly inboundNodes: readonly {
    readonly inputTensors: SymbolicTensor[];
    readonly outputTensors: SymbolicTensor[];
  }[];
}

/** The calls of layers that lead to a tensor, each after those that it needs; those of input layers are left out. */
export function callsTo(output: SymbolicTensor): LayerCall[] {
  const calls: LayerCall[] = [];
  const seen = new Set<unknown>();
  const visit = (tensor: SymbolicTensor) => {
    const layer = tensor.sourceLayer as Layer;
    const node = (layer as unknown as Calls).inboundNodes[tensor.nodeIndex]!;
    if (seen.has(node)) return;
    seen.add(node);
    // Its own output is what goes in, as TensorFlow.js has it.
    if (layer.getClassName() === 'InputLayer') return;
    for (const input of node.inputTensors) visit(input);
    calls.push({ layer, inputs: node.inputTensors, outputs: node.outputTensors });
  };
  visit(output);
  return calls;
}

/** Tensors by the symbolic ones that they are values of. */
type Values = Map<number, Tensor>;

/** A network in two halves: what no gradient goes through, and the rest. */
export interface Halves {
  /** How many calls of layers need no gradient. */
  readonly frozen: number;
  /** Computes what the upper half takes. Tensors that nobody needs any more are given back on the way. */
  below(input: Tensor): Tensor[];
  /** @param values that `below` gave */
  above(values: readonly Tensor[]): Tensor;
}

/**
 * Divides a network where its gradients end: layers that are not trained, below all that are, are computed without a record of
 * what they did, so that they take neither gradients nor memory.
 * @param trains whether a layer's weights are trained
 */
export function halve(
  tf: TensorFlow,
  input: SymbolicTensor,
  output: SymbolicTensor,
  trains: (layer: Layer) => boolean,
): Halves {
  const calls = callsTo(output);
  const live = new Set<number>();
  for (const { layer, inputs, outputs } of calls) {
    if (trains(layer) || inputs.some(({ id }) => live.has(id))) for (const { id } of outputs) live.add(id);
  }
  const isLive = ({ outputs }: LayerCall) => live.has(outputs[0]!.id);
  const [lower, upper] = [calls.filter((call) => !isLive(call)), calls.filter(isLive)];
  const crossing = [...new Set([output, ...upper.flatMap(({ inputs }) => inputs)])].filter(({ id }) => !live.has(id));

  const compute = (call: LayerCall, values: Values) => {
    const inputs = call.inputs.map(({ id }) => values.get(id)!);
    const made = call.layer.apply(inputs.length === 1 ? inputs[0]! : inputs, { training: true }) as Tensor | Tensor[];
    for (const [i, tensor] of [made].flat().entries()) values.set(call.outputs[i]!.id, tensor);
  };
  const lastUse = new Map<number, number>();
  for (const [i, { inputs }] of lower.entries()) for (const { id } of inputs) lastUse.set(id, i);
  const kept = new Set([input, ...crossing].map(({ id }) => id));

  return {
    frozen: lower.length,
    below: (tensor) =>
      tf.tidy(() => {
        const values: Values = new Map([[input.id, tensor]]);
        for (const [i, call] of lower.entries()) {
          compute(call, values);
          for (const { id } of call.inputs) {
            if (lastUse.get(id) === i && !kept.has(id)) values.get(id)!.dispose();
          }
        }
        return crossing.map(({ id }) => values.get(id)!);
      }),
    above(tensors) {
      const values: Values = new Map(crossing.map(({ id }, i) => [id, tensors[i]!]));
      for (const call of upper) compute(call, values);
      return values.get(output.id)!;
    },
  };
}
