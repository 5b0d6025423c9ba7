import { random } from 'onward/common';
import {
  encodeGolden,
  floatInitializer,
  type GoldenSamples,
  type Graph,
  int,
  intInitializer,
  ints,
  type LoadedModel,
  loadModel,
  type PreprocessingStep,
  sealModel,
} from 'onward/model';

export const side = 8;
export const channels = 3;
export const filters = 6;
export const labels = ['ant', 'bee', 'cat', 'dog'];
export const size = side * side * channels;

const input = { width: side, height: side, channels: 3, fit: 'contain', background: [0, 0, 0] } as const;
export const preprocessing: PreprocessingStep[] = [{ kind: 'scale', scale: 1 / 127.5, offset: -1 }];

export interface Weights {
  /** Keras' order: [3, 3, channels, filters] */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  /** [filters, classes] */
  readonly dense: Float32Array;
  readonly denseBias: Float32Array;
}

export function weightsOf(seed: number): Weights {
  const stream = random(seed);
  const draw = (n: number, scale: number) => Float32Array.from({ length: n }, () => stream.between(-scale, scale));
  return {
    kernel: draw(9 * channels * filters, 0.6),
    bias: draw(filters, 0.2),
    dense: draw(filters * labels.length, 3),
    denseBias: draw(labels.length, 0.5),
  };
}

export function imagesOf(seed: number, count: number): Uint8Array {
  const stream = random('images', seed);
  return Uint8Array.from({ length: count * size }, () => stream.below(256));
}

/** Preprocessing, a 3x3 convolution with relu (same padding), the mean over the image, a dense layer, a softmax: in float64. */
export function reference(w: Weights, images: Uint8Array, count: number): Float32Array {
  const result = new Float32Array(count * labels.length);
  for (let n = 0; n < count; n++) {
    const means = new Float64Array(filters);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        for (let f = 0; f < filters; f++) {
          let sum = w.bias[f]!;
          for (let ky = 0; ky < 3; ky++) {
            for (let kx = 0; kx < 3; kx++) {
              const [sy, sx] = [y + ky - 1, x + kx - 1];
              if (sy < 0 || sx < 0 || sy >= side || sx >= side) continue;
              for (let c = 0; c < channels; c++) {
                const pixel = images[n * size + (sy * side + sx) * channels + c]! / 127.5 - 1;
                sum += pixel * w.kernel[((ky * 3 + kx) * channels + c) * filters + f]!;
              }
            }
          }
          means[f]! += Math.max(sum, 0) / (side * side);
        }
      }
    }
    const logits = labels.map((_, k) =>
      means.reduce((sum, mean, f) => sum + mean * w.dense[f * labels.length + k]!, w.denseBias[k]!),
    );
    const powers = logits.map((z) => Math.exp(z - Math.max(...logits)));
    const total = powers.reduce((a, b) => a + b, 0);
    result.set(
      powers.map((p) => p / total),
      n * labels.length,
    );
  }
  return result;
}

const node = (op: string, inputs: string[], output: string, attributes: Graph['nodes'][number]['attributes'] = {}) => ({
  name: output,
  op,
  inputs,
  outputs: [output],
  attributes,
});

/** [3, 3, in, out] to [out, in, 3, 3] */
function toOihw(kernel: Float32Array): Float32Array {
  const result = new Float32Array(kernel.length);
  for (let k = 0; k < 9; k++) {
    for (let c = 0; c < channels; c++) {
      for (let f = 0; f < filters; f++) {
        result[(f * channels + c) * 9 + k] = kernel[(k * channels + c) * filters + f]!;
      }
    }
  }
  return result;
}

export function graphOf(w: Weights): Graph {
  const constants = [
    floatInitializer('scale', [], Float32Array.of(1 / 127.5)),
    floatInitializer('offset', [], Float32Array.of(-1)),
    floatInitializer('kernel', [filters, channels, 3, 3], toOihw(w.kernel)),
    floatInitializer('bias', [filters], w.bias),
    intInitializer('flat', [0, -1]),
    floatInitializer('dense', [filters, labels.length], w.dense),
    floatInitializer('dense_bias', [labels.length], w.denseBias),
  ];
  return {
    name: 'test',
    opset: 17,
    inputs: [{ name: 'image', type: 'uint8', dims: ['N', side, side, channels] }],
    outputs: [
      { name: 'probabilities', type: 'float32', dims: ['N', labels.length] },
      { name: 'embedding', type: 'float32', dims: ['N', filters] },
    ],
    nodes: [
      node('Cast', ['image'], 'float', { to: int(1) }),
      node('Mul', ['float', 'scale'], 'scaled'),
      node('Add', ['scaled', 'offset'], 'shifted'),
      node('Transpose', ['shifted'], 'nchw', { perm: ints([0, 3, 1, 2]) }),
      node('Conv', ['nchw', 'kernel', 'bias'], 'conv', { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) }),
      node('Relu', ['conv'], 'relu'),
      node('GlobalAveragePool', ['relu'], 'pooled'),
      node('Reshape', ['pooled', 'flat'], 'embedding'),
      node('Gemm', ['embedding', 'dense', 'dense_bias'], 'logits'),
      node('Softmax', ['logits'], 'probabilities', { axis: int(1) }),
    ],
    initializers: new Map(constants.map((c) => [c.name, c])),
  };
}

export function goldenOf(w: Weights, count = 16): GoldenSamples {
  const images = imagesOf(7, count);
  return { kind: 'real', count, images, probabilities: reference(w, images, count) };
}

export function fileOf(graph: Graph, golden: GoldenSamples | undefined): Uint8Array<ArrayBuffer> {
  return sealModel(
    graph,
    { labels, input, provenance: { preprocessing }, golden: golden && encodeGolden(golden, input) },
    '0.1.0',
  );
}

/** The model that most tests use, with golden samples that the reference computed. */
export function modelOf(seed = 1, change: (golden: GoldenSamples) => void = () => {}): LoadedModel {
  const weights = weightsOf(seed);
  const golden = goldenOf(weights);
  change(golden);
  return loadModel(fileOf(graphOf(weights), golden), { name: `test-${seed}.onnx` });
}
