import { random } from '../../runtime/common/index.js';
import {
  encodeModel,
  floatInitializer,
  type Graph,
  type GraphNode,
  int,
  intInitializer,
  ints,
  sealModel,
} from '../../runtime/model/index.js';

export const side = 32;
export const classes = 10;

const node = (op: string, inputs: string[], output: string, attributes: GraphNode['attributes'] = {}): GraphNode => ({
  ...{ name: output, op, inputs, outputs: [output], attributes },
});

/** A convolutional net of 24,720 random weights on 32x32 images of one channel. */
function graphOf(input: 'float32' | 'uint8'): Graph {
  const numbers = random('bench serve');
  const weights = (name: string, dims: number[], fan: number) =>
    floatInitializer(
      name,
      dims,
      Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => numbers.between(-1, 1) * Math.sqrt(3 / fan)),
    );
  const constants = [
    floatInitializer('scale', [], Float32Array.of(1 / 127.5)),
    floatInitializer('offset', [], Float32Array.of(-1)),
    weights('k1', [16, 1, 5, 5], 25),
    weights('k2', [32, 16, 3, 3], 144),
    weights('k3', [44, 32, 3, 3], 288),
    weights('w', [44 * 4 * 4, classes], 704),
    intInitializer('flat', [0, -1]),
  ];
  const conv = (from: string, kernel: string, to: string, size: number, stride: number) => [
    node('Conv', [from, kernel], `${to}_linear`, {
      kernel_shape: ints([size, size]),
      pads: ints(Array(4).fill((size - 1) / 2)),
      strides: ints([stride, stride]),
    }),
    node('Relu', [`${to}_linear`], to),
  ];
  const pool = (from: string, to: string) =>
    node('MaxPool', [from], to, { kernel_shape: ints([2, 2]), strides: ints([2, 2]) });
  const prepared =
    input === 'float32'
      ? [node('Transpose', ['image'], 'nchw', { perm: ints([0, 3, 1, 2]) })]
      : [
          node('Cast', ['image'], 'float', { to: int(1) }),
          node('Mul', ['float', 'scale'], 'scaled'),
          node('Add', ['scaled', 'offset'], 'shifted'),
          node('Transpose', ['shifted'], 'nchw', { perm: ints([0, 3, 1, 2]) }),
        ];
  const nodes = [
    ...prepared,
    ...conv('nchw', 'k1', 'a', 5, 2),
    pool('a', 'a2'),
    ...conv('a2', 'k2', 'b', 3, 1),
    pool('b', 'b2'),
    ...conv('b2', 'k3', 'c', 3, 1),
    node('Reshape', ['c', 'flat'], 'flattened'),
    node('MatMul', ['flattened', 'w'], 'logits'),
    node('Softmax', ['logits'], 'probabilities', { axis: int(1) }),
  ];
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return {
    name: 'bench',
    opset: 17,
    inputs: [{ name: 'image', type: input, dims: ['N', side, side, 1] }],
    outputs: [{ name: 'probabilities', type: 'float32', dims: ['N', classes] }],
    nodes,
    initializers: new Map(constants.filter(({ name }) => used.has(name)).map((each) => [each.name, each])),
  };
}

/** It takes floats: what a request's JSON has. */
export const floatsFile = (): Uint8Array => encodeModel(graphOf('float32'), [], 'bench');

/** The same network as a file that takes images: its golden samples are not checked (`--allow-different`). */
export function classifierFile(): Uint8Array {
  const background: [number, number, number] = [0, 0, 0];
  const input = { width: side, height: side, channels: 1, fit: 'contain', background } as const;
  const labels = Array.from({ length: classes }, (_, i) => String(i));
  const provenance = { preprocessing: [{ kind: 'scale' as const, scale: 1 / 127.5, offset: -1 }] };
  return sealModel(graphOf('uint8'), { labels, input, provenance, golden: undefined }, 'bench');
}
