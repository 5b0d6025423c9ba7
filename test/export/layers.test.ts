import type { SymbolicTensor } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { handlers } from 'onward/export';
import { afterAll, describe, expect, it } from 'vitest';
import { activationNames } from '#onward/export/layers/activations.js';
import { differenceOf, tf, withWeights } from './networks.js';

type Shape = [number, number, number];

/** One layer class: models of it, drawn at random. */
interface Case<Args> {
  /** Of the input; default an image. */
  readonly shape?: fc.Arbitrary<number[]>;
  readonly args: fc.Arbitrary<Args>;
  /** Writes the layer after the input. */
  apply(input: SymbolicTensor, args: Args): SymbolicTensor;
}
const define = <Args>(each: Case<Args>) => each as Case<unknown>;

const side = fc.integer({ min: 5, max: 11 });
const image: fc.Arbitrary<Shape> = fc.tuple(side, side, fc.constantFrom(1, 3, 5));
const vector = fc.integer({ min: 2, max: 9 }).map((n) => [n]);
const imageOrVector = fc.oneof(image, vector);
/** Activations that are over each number by itself, or over the channels. */
const activation = fc.constantFrom(...activationNames.map(camelCase)) as fc.Arbitrary<'relu'>;
const padding = fc.constantFrom('same' as const, 'valid' as const);
const kernelSize = fc.integer({ min: 1, max: 3 });
// TensorFlow has no strides together with dilations.
const steps = fc.oneof(
  fc.record({ strides: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ dilationRate: fc.constant(2) }),
);
const convolution = fc.record({ padding, activation, useBias: fc.boolean(), kernelSize, steps });
const pool = fc.record({
  poolSize: fc.tuple(kernelSize, kernelSize),
  strides: fc.option(fc.tuple(kernelSize, kernelSize), { nil: undefined }),
  padding,
});
const dropout = { shape: imageOrVector, args: fc.record({ rate: fc.constantFrom(0, 0.3, 0.5) }) };
const none = fc.constant({});
const channelsLast = { dataFormat: 'channelsLast' as const };

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

const cases = new Map<string, Case<unknown>>([
  [
    'Activation',
    define({
      shape: imageOrVector,
      args: activation,
      apply: (x, activation) => tf.layers.activation({ activation }).apply(x) as SymbolicTensor,
    }),
  ],
  [
    'Add',
    define({
      shape: imageOrVector,
      args: fc.integer({ min: 2, max: 4 }),
      apply: (x, n) => {
        const others = Array.from({ length: n - 1 }, () => branch(x));
        return tf.layers.add().apply([x, ...others]) as SymbolicTensor;
      },
    }),
  ],
  ['AlphaDropout', define({ ...dropout, apply: (x, args) => tf.layers.alphaDropout(args).apply(x) as SymbolicTensor })],
  ['AveragePooling2D', define({ args: pool, apply: (x, args) => pooling('averagePooling2d', x, args) })],
  [
    'BatchNormalization',
    define({
      shape: imageOrVector,
      args: fc.record({
        scale: fc.boolean(),
        center: fc.boolean(),
        epsilon: fc.constantFrom(1e-3, 1e-5),
        before: fc.constantFrom('nothing', 'linear', 'relu', 'flatten'),
      }),
      apply: (x, { before, ...args }) =>
        tf.layers.batchNormalization(args).apply(normalized(x, before)) as SymbolicTensor,
    }),
  ],
  [
    'Conv2D',
    define({
      args: fc.record({
        common: convolution,
        filters: fc.integer({ min: 1, max: 4 }),
        width: kernelSize,
      }),
      apply: (x, { common: { steps, kernelSize, ...common }, filters, width }) =>
        tf.layers.conv2d({ ...common, ...steps, filters, kernelSize: [kernelSize, width] }).apply(x) as SymbolicTensor,
    }),
  ],
  [
    'Dense',
    define({
      shape: imageOrVector,
      args: fc.record({ units: fc.integer({ min: 1, max: 6 }), activation, useBias: fc.boolean() }),
      apply: (x, args) => tf.layers.dense(args).apply(x) as SymbolicTensor,
    }),
  ],
  [
    'DepthwiseConv2D',
    define({
      // Without dilation, which TensorFlow.js ignores here.
      args: fc.record({
        padding,
        activation,
        useBias: fc.boolean(),
        kernelSize,
        strides: kernelSize,
        depthMultiplier: kernelSize,
      }),
      apply: (x, args) => tf.layers.depthwiseConv2d(args).apply(x) as SymbolicTensor,
    }),
  ],
  ['Dropout', define({ ...dropout, apply: (x, args) => tf.layers.dropout(args).apply(x) as SymbolicTensor })],
  [
    'Flatten',
    define({
      // What comes after: nothing; what takes a flattened image as it is, and what moves it back.
      args: fc.constantFrom('nothing', 'dense', 'relu', 'softmax', 'norm', 'add', 'dropout'),
      apply: (x, after) => flattened(x, after),
    }),
  ],
  [
    'GaussianDropout',
    define({ ...dropout, apply: (x, args) => tf.layers.gaussianDropout(args).apply(x) as SymbolicTensor }),
  ],
  [
    'GaussianNoise',
    define({ ...dropout, apply: (x) => tf.layers.gaussianNoise({ stddev: 1 }).apply(x) as SymbolicTensor }),
  ],
  [
    'GlobalAveragePooling2D',
    define({ args: none, apply: (x) => tf.layers.globalAveragePooling2d(channelsLast).apply(x) as SymbolicTensor }),
  ],
  [
    'GlobalMaxPooling2D',
    define({ args: none, apply: (x) => tf.layers.globalMaxPooling2d(channelsLast).apply(x) as SymbolicTensor }),
  ],
  [
    'LeakyReLU',
    define({
      shape: imageOrVector,
      args: fc.record({ alpha: fc.constantFrom(0, 0.1, 0.3) }),
      apply: (x, args) => tf.layers.leakyReLU(args).apply(x) as SymbolicTensor,
    }),
  ],
  ['MaxPooling2D', define({ args: pool, apply: (x, args) => pooling('maxPooling2d', x, args) })],
  [
    'ReLU',
    define({
      shape: imageOrVector,
      args: fc.constantFrom({}, { maxValue: 6 }, { maxValue: 0.5 }),
      apply: (x, args) => tf.layers.reLU(args).apply(x) as SymbolicTensor,
    }),
  ],
  [
    'SeparableConv2D',
    define({
      args: fc.record({ common: convolution, filters: kernelSize, depthMultiplier: kernelSize }),
      apply: (x, { common: { steps, ...common }, ...counts }) =>
        tf.layers.separableConv2d({ ...common, ...steps, ...counts }).apply(x) as SymbolicTensor,
    }),
  ],
  [
    'Softmax',
    define({
      shape: imageOrVector,
      args: none,
      apply: (x) => tf.layers.softmax({ axis: -1 }).apply(x) as SymbolicTensor,
    }),
  ],
  // TensorFlow.js has no such layer; it does what Dropout does.
  ['SpatialDropout2D', define({ ...dropout, apply: (x, args) => tf.layers.dropout(args).apply(x) as SymbolicTensor })],
]);

/** Another value of the same shape, images in the order that convolutions give. */
function branch(x: SymbolicTensor): SymbolicTensor {
  const channels = x.shape.at(-1)!;
  const layer =
    x.shape.length === 4
      ? tf.layers.conv2d({ filters: channels, kernelSize: 1 })
      : tf.layers.dense({ units: channels });
  return layer.apply(x) as SymbolicTensor;
}

function normalized(x: SymbolicTensor, before: string): SymbolicTensor {
  if (before === 'nothing') return x;
  const value = branch(x);
  if (before === 'linear') return value;
  const layer = before === 'flatten' && x.shape.length === 4 ? tf.layers.flatten() : tf.layers.reLU();
  return layer.apply(value) as SymbolicTensor;
}

function flattened(x: SymbolicTensor, after: string): SymbolicTensor {
  const flat = tf.layers.flatten().apply(branch(x)) as SymbolicTensor;
  const layers = {
    dense: () => tf.layers.dense({ units: 3 }),
    relu: () => tf.layers.reLU(),
    softmax: () => tf.layers.softmax({ axis: -1 }),
    norm: () => tf.layers.batchNormalization(),
    dropout: () => tf.layers.dropout({ rate: 0.5 }),
  };
  if (after === 'nothing') return flat;
  // Flattened from the input itself: in Keras' order.
  if (after === 'add')
    return tf.layers.add().apply([flat, tf.layers.flatten().apply(x)] as SymbolicTensor[]) as SymbolicTensor;
  return layers[after as keyof typeof layers]().apply(flat) as SymbolicTensor;
}

function pooling(
  name: 'averagePooling2d' | 'maxPooling2d',
  x: SymbolicTensor,
  {
    strides,
    ...args
  }: { strides?: [number, number] | undefined; poolSize: [number, number]; padding: 'same' | 'valid' },
): SymbolicTensor {
  return tf.layers[name]({ ...args, ...(strides && { strides }) }).apply(x) as SymbolicTensor;
}

let worst = 0;

describe('the layer', () => {
  it.each([...cases])('%s predicts what TensorFlow.js predicts', async (_, { shape = image, args, apply }) => {
    await fc.assert(
      fc.asyncProperty(shape, args, fc.integer({ min: 1, max: 1000 }), async (dims, drawn, seed) => {
        const input = tf.input({ shape: dims });
        const model = withWeights(tf.model({ inputs: input, outputs: apply(input, drawn) }), seed);
        try {
          for (const passes of [false, true]) {
            const difference = await differenceOf(model, { passes });
            worst = Math.max(worst, difference);
            expect(difference).toBeLessThanOrEqual(1e-5);
          }
        } finally {
          model.dispose();
        }
      }),
      { numRuns: 25 },
    );
  });

  it('has a case here, whichever it is', () => {
    expect([...cases.keys()]).toEqual([...handlers.keys()]);
  });

  afterAll(() => console.log(`layers: max |Δ| ${worst}`));
});
