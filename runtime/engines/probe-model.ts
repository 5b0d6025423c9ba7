import { encodeModel, int, type LoadedModel } from '../model/index.js';

const node = (op: string, inputs: string[], output: string) => ({
  name: output,
  op,
  inputs,
  outputs: [output],
  attributes: op === 'Flatten' || op === 'Concat' ? { axis: int(1) } : {},
});

/** A model of three nodes, to see whether a provider computes at all: it calls any image half one thing, half another. */
export function probeModel(): LoadedModel {
  const graph = {
    name: 'probe',
    opset: 17,
    inputs: [{ name: 'image', type: 'float32' as const, dims: ['N', 1, 1, 1] }],
    outputs: [{ name: 'probabilities', type: 'float32' as const, dims: ['N', 2] }],
    nodes: [
      node('Flatten', ['image'], 'flat'),
      node('Concat', ['flat', 'flat'], 'both'),
      node('Softmax', ['both'], 'probabilities'),
    ],
    initializers: new Map(),
  };
  return {
    name: 'probe',
    bytes: encodeModel(graph, [], ''),
    input: { width: 1, height: 1, channels: 1, fit: 'contain', background: [0, 0, 0] },
    tensor: { name: 'image', type: 'float32', layout: 'NHWC', scale: 1 },
    output: { name: 'probabilities', kind: 'probabilities' },
    labels: ['a', 'b'],
    precision: 'float32',
    provenance: {},
    golden: undefined,
    digest: undefined,
    guesses: [],
  };
}
