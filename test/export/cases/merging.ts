import type { SymbolicTensor } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { tf } from '../networks.js';
import { after, any, branch, type Case, type Cases, define, sequence, vector } from './case.js';

const kinds = ['itself', 'alike', 'vector', 'one', 'narrow', 'wide'] as const;

/** A value that fits to `x`: of its shape, or of one that broadcasts to it. */
function other(x: SymbolicTensor, kind: (typeof kinds)[number]): SymbolicTensor {
  const rank = x.shape.length - 1;
  const channels = x.shape.at(-1)!;
  if (kind === 'itself') return x;
  if (kind === 'alike' || rank === 1) {
    return kind === 'narrow' ? after(tf.layers.dense({ units: 1 }), x) : branch(x);
  }
  const flat = after(tf.layers.flatten(), x);
  const few = after(tf.layers.dense({ units: channels }), flat);
  if (kind === 'vector') return few;
  if (kind === 'one') return after(tf.layers.reshape({ targetShape: [...Array(rank - 1).fill(1), channels] }), few);
  if (kind === 'narrow') return after(tf.layers.dense({ units: 1 }), x);
  // One axis less than the other, of which it is the last two.
  const size = x.shape.slice(-2) as number[];
  const some = after(tf.layers.dense({ units: size[0]! * size[1]! }), flat);
  return branch(after(tf.layers.reshape({ targetShape: size }), some));
}

type Merge = () => Parameters<typeof after>[0];

const elementwise = (layer: Merge): Case<unknown> =>
  define({
    shape: any,
    args: fc.record({
      others: fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 3 }),
      isFirst: fc.boolean(),
    }),
    apply: (x, { others, isFirst }) => {
      const values = others.map((kind) => other(x, kind));
      return after(layer(), ...(isFirst ? [x, ...values] : [...values, x]));
    },
  });

export const merging: Cases = new Map([
  ['Add', elementwise(() => tf.layers.add())],
  ['Average', elementwise(() => tf.layers.average())],
  [
    'Concatenate',
    define({
      shape: any,
      args: fc.record({
        axis: fc.constantFrom(-1, 1, 2, 3, 4),
        count: fc.integer({ min: 1, max: 3 }),
        isAlike: fc.boolean(),
      }),
      apply: (x, { axis, count, isAlike }) => {
        const along = axis >= x.shape.length ? 1 : axis;
        const others = Array.from({ length: count }, (_, i) => (isAlike ? x : i % 2 ? x : branch(x)));
        return after(tf.layers.concatenate({ axis: along }), x, ...others);
      },
    }),
  ],
  [
    'Dot',
    define({
      shape: fc.oneof(vector, sequence),
      args: fc.record({
        normalize: fc.boolean(),
        axis: fc.constantFrom(1, 2, -1),
        kind: fc.constantFrom('alike', 'vector'),
      }),
      apply: (x, { normalize, axis, kind }) => {
        const rank = x.shape.length - 1;
        const along = axis > rank ? 1 : axis;
        if (rank === 1 || kind === 'alike') return after(tf.layers.dot({ axes: along, normalize }), x, branch(x));
        const size = x.shape[along < 0 ? rank : along]!;
        const few = after(tf.layers.dense({ units: size }), after(tf.layers.flatten(), x));
        const isSwapped = normalize;
        return isSwapped
          ? after(tf.layers.dot({ axes: [1, along < 0 ? rank : along], normalize }), few, x)
          : after(tf.layers.dot({ axes: [along < 0 ? rank : along, 1], normalize }), x, few);
      },
    }),
  ],
  ['Maximum', elementwise(() => tf.layers.maximum())],
  ['Minimum', elementwise(() => tf.layers.minimum())],
  ['Multiply', elementwise(() => tf.layers.multiply())],
]);
