import fc from 'fast-check';
import { tf } from '../networks.js';
import { after, branch, type Cases, define, flattened, image, sequence, vector } from './case.js';

const args = { scale: fc.boolean(), center: fc.boolean(), epsilon: fc.constantFrom(1e-3, 1e-5) };
// TensorFlow.js has neither for volumes.
const shape = fc.oneof(vector, sequence, image);

export const normalization: Cases = new Map([
  [
    // Plain JavaScript takes the statistics for those of the last axis, whichever it is.
    'BatchNormalization',
    define({
      shape,
      args: fc.record({
        ...args,
        axis: tf.getBackend() === 'tensorflow' ? fc.constantFrom(-1, 1, 2, 3) : fc.constant(-1),
        before: fc.constantFrom('nothing', 'linear', 'relu', 'flatten'),
      }),
      apply: (x, { before, axis, ...given }) => {
        const value = {
          nothing: () => x,
          linear: () => branch(x),
          relu: () => after(tf.layers.reLU(), branch(x)),
          flatten: () => flattened(x),
        }[before as 'nothing']();
        const along = axis >= value.shape.length ? -1 : axis;
        return after(tf.layers.batchNormalization({ ...given, axis: along }), value);
      },
    }),
  ],
  [
    'LayerNormalization',
    define({
      shape,
      args: fc.record({
        ...args,
        axes: fc.oneof(fc.constant([-1] as number[]), fc.subarray([1, 2, 3], { minLength: 1 })),
      }),
      apply: (x, { axes, ...given }) => {
        const there = axes.filter((axis) => axis < x.shape.length);
        return after(tf.layers.layerNormalization({ ...given, axis: there.length ? there : [-1] }), x);
      },
    }),
  ],
]);
