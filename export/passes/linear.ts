import { floatInitializer, floatsOf, type Graph, type GraphNode, type Initializer } from '../../runtime/model/index.js';

/** A `Conv` or `Gemm` whose weights are float32 constants: y = kernel * x + bias. */
export interface Linear {
  readonly node: GraphNode;
  /** `Conv`: `[out, in / groups, ...window]`; `Gemm`: `[in, out]`. */
  readonly kernel: Initializer;
  readonly values: Float32Array;
  /** Left out: zeros. */
  readonly bias: Float32Array | undefined;
  readonly outputs: number;
  readonly inputs: number;
  /** Axes of what comes out, the batch among them. */
  readonly rank: number;
  /** Whether zeros are put around the image: only then does a constant added to the input not move into the bias. */
  readonly isPadded: boolean;
}

/** How the numbers of a kernel lie: which output and which input each belongs to. */
interface Kernel extends Pick<Linear, 'kernel' | 'outputs' | 'inputs'> {
  readonly node: GraphNode;
}

const numberOf = ({ attributes }: GraphNode, name: string, otherwise: number): number => {
  const attribute = attributes[name];
  return attribute?.kind === 'int' || attribute?.kind === 'float' ? attribute.value : otherwise;
};

const listOf = ({ attributes }: GraphNode, name: string): readonly number[] => {
  const attribute = attributes[name];
  return attribute?.kind === 'ints' ? attribute.value : [];
};

/** A node as a linear layer; undefined for another operator and where its weights are computed, or are no float32. */
export function linearOf(graph: Graph, node: GraphNode): Linear | undefined {
  const kernel = graph.initializers.get(node.inputs[1] ?? '');
  if (kernel?.type !== 'float32') return undefined;
  const biasName = node.inputs[2];
  const bias = biasName ? graph.initializers.get(biasName) : undefined;
  if (biasName && bias?.type !== 'float32') return undefined;
  const shared = { node, kernel, values: floatsOf(kernel), bias: bias && floatsOf(bias) };
  if (node.op === 'Conv') {
    const auto = node.attributes.auto_pad;
    const [outputs, each] = kernel.dims as [number, number];
    const inputs = each * numberOf(node, 'group', 1);
    return {
      ...shared,
      outputs,
      inputs,
      rank: kernel.dims.length,
      isPadded: auto !== undefined || listOf(node, 'pads').some((pad) => pad !== 0),
    };
  }
  // As we write them; with factors or a kernel on its side a number is another one's.
  const isPlain = ['alpha', 'beta'].every((name) => numberOf(node, name, 1) === 1);
  if (node.op !== 'Gemm' || !isPlain || node.attributes.transA || node.attributes.transB) return undefined;
  const [inputs, outputs] = kernel.dims as [number, number];
  if (bias && bias.dims.join() !== String(outputs)) return undefined;
  return { ...shared, outputs, inputs, rank: 2, isPadded: false };
}

/** Calls `visit` with every run of kernel numbers that belong to one output and one input, or to the outputs in turn. */
function eachNumber(
  { node, kernel, outputs, inputs }: Kernel,
  visit: (index: number, output: number, input: number) => void,
): void {
  const { dims } = kernel;
  if (node.op === 'Gemm') {
    for (let input = 0, i = 0; input < inputs; input++) {
      for (let output = 0; output < outputs; output++, i++) visit(i, output, input);
    }
    return;
  }
  const window = dims.slice(2).reduce((a, b) => a * b, 1);
  const each = dims[1]!;
  const perGroup = outputs / (inputs / each);
  for (let output = 0, i = 0; output < outputs; output++) {
    const first = Math.floor(output / perGroup) * each;
    for (let c = 0; c < each; c++) {
      for (let w = 0; w < window; w++, i++) visit(i, output, first + c);
    }
  }
}

/** What a linear layer becomes: its node, and the constants that are new or changed. */
export interface Rewritten {
  readonly node: GraphNode;
  readonly constants: readonly Initializer[];
}

/** A linear layer with other numbers, under the names that it has. */
function rewritten({ node, kernel, outputs }: Linear, values: Float32Array, bias: Float32Array, free: string) {
  const biasName = node.inputs[2] || free;
  return {
    node: { ...node, inputs: [node.inputs[0]!, kernel.name, biasName] },
    constants: [floatInitializer(kernel.name, kernel.dims, values), floatInitializer(biasName, [outputs], bias)],
  };
}

/**
 * s (kernel * x + b) + t, as a layer: kernel' = s kernel, b' = s b + t. Computed in float64, rounded once.
 * @param scale s and t for each output
 * @param free the name of the bias where there is none yet
 */
export function scaleOutputs(linear: Linear, scale: Float64Array, shift: Float64Array, free: string): Rewritten {
  const { values, bias } = linear;
  const scaled = new Float32Array(values.length);
  eachNumber(linear, (i, output) => {
    scaled[i] = values[i]! * scale[output]!;
  });
  const shifted = Float32Array.from(scale, (s, c) => s * (bias?.[c] ?? 0) + shift[c]!);
  return rewritten(linear, scaled, shifted, free);
}

/**
 * kernel * (s x + t) + b, as a layer: kernel' = kernel s, b' = b + kernel * t. Computed in float64, rounded once. Where
 * zeros are put around the image, t must be zero: they are put around what was shifted.
 * @param scale s and t for each input
 * @param free the name of the bias where there is none yet
 */
export function scaleInputs(linear: Linear, scale: Float64Array, shift: Float64Array, free: string): Rewritten {
  const { values, bias, outputs } = linear;
  const scaled = new Float32Array(values.length);
  const sums = new Float64Array(outputs);
  eachNumber(linear, (i, output, input) => {
    scaled[i] = values[i]! * scale[input]!;
    sums[output]! += values[i]! * shift[input]!;
  });
  const shifted = Float32Array.from(sums, (sum, output) => sum + (bias?.[output] ?? 0));
  return rewritten(linear, scaled, shifted, free);
}
