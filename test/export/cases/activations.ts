import fc from 'fast-check';
import { tensorflowActivations } from '#onward/export/layers/activations.js';
import { numbers, tf } from '../networks.js';
import { after, any, type Cases, define, optional } from './case.js';

/** As TensorFlow.js calls them. */
const camelCase = (name: string) =>
  name === 'gelu_new' ? name : name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Activations that are over each number by itself, or over the channels. */
export const activation = fc.constantFrom(...tensorflowActivations.map(camelCase)) as fc.Arbitrary<'relu'>;

/** Wide enough for every bend and ceiling. */
const input = (length: number) => numbers(7, length, -8, 8);

export const activations: Cases = new Map([
  [
    'Activation',
    define({
      shape: any,
      args: activation,
      input,
      apply: (x, activation) => after(tf.layers.activation({ activation }), x),
    }),
  ],
  [
    'ELU',
    define({
      shape: any,
      args: optional(fc.constant(1)),
      input,
      apply: (x, alpha) => after(tf.layers.elu(alpha ? { alpha } : {}), x),
    }),
  ],
  [
    'LeakyReLU',
    define({
      shape: any,
      args: fc.record({ alpha: fc.constantFrom(0, 0.1, 0.3) }),
      input,
      apply: (x, args) => after(tf.layers.leakyReLU(args), x),
    }),
  ],
  [
    'PReLU',
    define({
      shape: any,
      args: fc.record({ sharedAxes: optional(fc.subarray([1, 2, 3], { minLength: 1 })) }),
      input,
      apply: (x, { sharedAxes }) => {
        const axes = sharedAxes?.filter((axis) => axis < x.shape.length);
        return after(tf.layers.prelu(axes?.length ? { sharedAxes: axes } : {}), x);
      },
    }),
  ],
  [
    'ReLU',
    define({
      shape: any,
      args: fc.constantFrom({}, { maxValue: 6 }, { maxValue: 0.5 }),
      input,
      apply: (x, args) => after(tf.layers.reLU(args), x),
    }),
  ],
  [
    'Softmax',
    define({
      shape: any,
      // TensorFlow.js computes one axis only where it is the last, and several anywhere.
      args: fc.constantFrom('last', 'first', 'all'),
      apply: (x, over) => {
        const rank = x.shape.length - 1;
        const axes = { last: [-1], first: rank > 2 ? [1, 2] : [rank], all: x.shape.slice(1).map((_, i) => i + 1) };
        const axis = axes[over as 'last'];
        return after(tf.layers.softmax({ axis: axis.length === 1 ? axis[0]! : axis }), x);
      },
    }),
  ],
  [
    'ThresholdedReLU',
    define({
      shape: any,
      args: optional(fc.constantFrom(0, 0.5, 2)),
      input,
      apply: (x, theta) => after(tf.layers.thresholdedReLU(theta === undefined ? {} : { theta }), x),
    }),
  ],
]);
