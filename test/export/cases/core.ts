import type { SymbolicTensor } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { numbers, tf } from '../networks.js';
import { activation } from './activations.js';
import { after, any, branch, type Cases, define, flattened, image, sequence, vector } from './case.js';

/** Divides a product of sizes into others. */
function resplit(total: number, seed: number): number[] {
  const divisors = Array.from({ length: total }, (_, i) => i + 1).filter((n) => total % n === 0);
  const first = divisors[seed % divisors.length]!;
  return seed % 3 === 0 ? [total] : seed % 3 === 1 ? [first, total / first] : [1, total / first, first];
}

/** What takes a flattened image as it is, and what moves it back. */
function afterFlatten(x: SymbolicTensor, what: string): SymbolicTensor {
  const flat = flattened(x);
  const layers: Record<string, () => Parameters<typeof after>[0]> = {
    dense: () => tf.layers.dense({ units: 3 }),
    relu: () => tf.layers.reLU(),
    prelu: () => tf.layers.prelu(),
    softmax: () => tf.layers.softmax({ axis: -1 }),
    norm: () => tf.layers.batchNormalization(),
    layerNorm: () => tf.layers.layerNormalization(),
    dropout: () => tf.layers.dropout({ rate: 0.5 }),
    reshape: () => tf.layers.reshape({ targetShape: x.shape.slice(1) as number[] }),
  };
  if (what === 'nothing') return flat;
  // Flattened from the input itself: in Keras' order.
  if (what === 'add') return after(tf.layers.add(), flat, x.shape.length === 2 ? x : after(tf.layers.flatten(), x));
  if (what === 'multiply') return after(tf.layers.multiply(), flat, after(tf.layers.dense({ units: 1 }), flat));
  if (what === 'concatenate') return after(tf.layers.concatenate(), flat, flat);
  return after(layers[what]!(), flat);
}

const whole = (length: number, limit: number) => numbers(7, length, 0, limit - 0.001).map(Math.floor);

export const core: Cases = new Map([
  [
    'Dense',
    define({
      shape: any,
      args: fc.record({ units: fc.integer({ min: 1, max: 6 }), activation, useBias: fc.boolean() }),
      apply: (x, args) => after(tf.layers.dense(args), x),
    }),
  ],
  [
    'Embedding',
    define({
      shape: fc.oneof(vector, fc.tuple(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 2, max: 4 }))) as fc.Arbitrary<
        number[]
      >,
      args: fc.record({
        inputDim: fc.integer({ min: 1, max: 9 }),
        outputDim: fc.integer({ min: 1, max: 5 }),
        maskZero: fc.boolean(),
      }),
      isFirst: true,
      input: (length, { inputDim }) => whole(length, inputDim),
      apply: (x, args) => after(tf.layers.embedding(args), x),
    }),
  ],
  [
    'Flatten',
    define({
      shape: any,
      args: fc.oneof(
        fc.constantFrom('nothing', 'dense', 'relu', 'prelu', 'softmax', 'norm', 'layerNorm', 'add', 'dropout'),
        fc.constantFrom('reshape', 'multiply', 'concatenate', 'channelsFirst'),
      ),
      apply: (x, what) => {
        if (what !== 'channelsFirst' || x.shape.length === 2)
          return afterFlatten(x, what === 'channelsFirst' ? 'nothing' : what);
        return after(tf.layers.dense({ units: 2 }), after(tf.layers.flatten({ dataFormat: 'channelsFirst' }), x));
      },
    }),
  ],
  [
    'Masking',
    define({
      shape: fc.oneof(sequence, image),
      args: fc.record({ maskValue: fc.constantFrom(0, 1, 0.5) }),
      isFirst: true,
      // Many steps are all of the mask's value.
      input: (length, { maskValue }) => numbers(7, length).map((x) => (x < 0.5 ? maskValue : x)),
      apply: (x, args) => after(tf.layers.masking(args), x),
    }),
  ],
  [
    'Permute',
    define({
      shape: any,
      args: fc.shuffledSubarray([1, 2, 3, 4], { minLength: 4 }),
      apply: (x, order) => after(tf.layers.permute({ dims: order.filter((axis) => axis < x.shape.length) }), x),
    }),
  ],
  [
    'RepeatVector',
    define({
      shape: vector,
      args: fc.integer({ min: 1, max: 4 }),
      apply: (x, n) => after(tf.layers.repeatVector({ n }), x),
    }),
  ],
  [
    'Reshape',
    define({
      shape: any,
      args: fc.record({ seed: fc.nat(100), isOpen: fc.boolean() }),
      apply: (x, { seed, isOpen }) => {
        const total = (x.shape.slice(1) as number[]).reduce((a, b) => a * b, 1);
        const sizes = resplit(total, seed);
        const targetShape = isOpen ? sizes.with(seed % sizes.length, -1) : sizes;
        const shaped = after(tf.layers.reshape({ targetShape }), x);
        // TensorFlow.js does not know the size that is left open until it runs.
        return isOpen ? shaped : branch(shaped);
      },
    }),
  ],
]);
