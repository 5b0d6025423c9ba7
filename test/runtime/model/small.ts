import { random } from 'onward/common';
import {
  type DataType,
  encodeGolden,
  floatInitializer,
  type GoldenSamples,
  type Graph,
  type GraphNode,
  type InputSpec,
  int,
  loadModel,
  type Metadata,
  sealModel,
} from 'onward/model';
import { expect } from 'vitest';

// A model so small that every bit of its file can be tried.
export const input: InputSpec = { width: 3, height: 2, channels: 3, fit: 'contain', background: [0, 0, 0] };
export const labels = ['ant', 'bee', 'çat'];
const stream = random('small');

export const golden: GoldenSamples = {
  kind: 'real',
  count: 16,
  images: Uint8Array.from({ length: 16 * 18 }, () => stream.below(256)),
  probabilities: Float32Array.from({ length: 16 * 3 }, () => stream.next()),
};

export const node = (
  op: string,
  inputs: string[],
  output: string,
  attributes: GraphNode['attributes'] = {},
): GraphNode => ({ name: output, op, inputs, outputs: [output], attributes });

const constants = [
  floatInitializer(
    'kernel',
    [18, 3],
    Float32Array.from({ length: 54 }, () => stream.between(-1, 1)),
  ),
  floatInitializer('bias', [3], Float32Array.of(0.5, -0.25, 1)),
];

export const graph: Graph = {
  name: 'small',
  opset: 17,
  inputs: [{ name: 'image', type: 'uint8', dims: ['N', 2, 3, 3] }],
  outputs: [{ name: 'probabilities', type: 'float32', dims: ['N', 3] }],
  nodes: [
    node('Cast', ['image'], 'float', { to: int(1) }),
    node('Flatten', ['float'], 'flat'),
    node('Gemm', ['flat', 'kernel', 'bias'], 'scores'),
    node('Softmax', ['scores'], 'probabilities'),
  ],
  initializers: new Map(constants.map((constant) => [constant.name, constant])),
};

export const metadata: Metadata = {
  labels,
  input,
  provenance: { recipe: 'small', seed: 1, metrics: { val_accuracy: 0.5 } },
  golden: encodeGolden(golden, input),
};

export const sealed = (changes: Partial<Metadata> = {}, graphChanges: Partial<Graph> = {}) =>
  sealModel({ ...graph, ...graphChanges }, { ...metadata, ...changes }, '0.1.0');

export const tensor = (name: string, type: DataType, dims: (number | string)[]) => ({ name, type, dims });

/** The one sentence with which bytes are refused, in any other case a failure; undefined when they are loaded. */
export function refusalOf(bytes: Uint8Array<ArrayBuffer>, allowAltered = false): string | undefined {
  try {
    loadModel(bytes, { name: 'small.onnx', allowAltered });
    return undefined;
  } catch (error) {
    const { name, kind, message } = error as { name: string; kind: string; message: string };
    if (name !== 'OnwardError' || kind !== 'input' || !message.startsWith('small.onnx: ') || message.includes('\n')) {
      throw error;
    }
    expect(message).not.toMatch(/undefined|\[object|not a function/);
    return message;
  }
}
