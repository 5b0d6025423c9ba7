import type { Variable } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { adam } from '#onward/train/optimizers/adam.js';
import { difference, isNativeHere, loadNative } from './native.js';

describe.skipIf(!isNativeHere)('updates in TensorFlow’s own kernels', async () => {
  const tf = await loadNative();

  it('Adam, over twenty steps', () => {
    tf.tidy(() => {
      const shapes = [[3, 4], [5]];
      const start = shapes.map((shape, i) => tf.randomNormal(shape, 0, 1, 'float32', i + 1));
      const [ours, theirs] = [0, 1].map(() => start.map((value) => tf.variable(value.clone()))) as [
        Variable[],
        Variable[],
      ];
      const native = adam(tf, ours);
      const composed = tf.train.adam(0.01, 0.9, 0.999, 1e-7);
      for (let step = 0; step < 20; step++) {
        const gradients = shapes.map((shape, i) => tf.randomNormal(shape, 0.3, 1, 'float32', 100 * step + i));
        native.apply(gradients, 0.01);
        composed.applyGradients(theirs.map((variable, i) => ({ name: variable.name, tensor: gradients[i]! })));
      }
      for (const [i, variable] of ours.entries()) {
        expect(difference(variable, theirs[i]!)).toBeLessThan(1e-5);
        expect(difference(variable, start[i]!)).toBeGreaterThan(0.01);
      }
      native.dispose();
    });
  });

  it('change a variable in place, and not what somebody took of it before', () => {
    tf.tidy(() => {
      const variable = tf.variable(tf.tensor1d([1, 2, 3]));
      const optimizer = adam(tf, [variable]);
      optimizer.apply([tf.ones([3])], 0.5);
      const taken = variable.clone();
      const was = [...taken.dataSync()];
      expect(was[0]).toBeCloseTo(0.5, 5);
      optimizer.apply([tf.ones([3])], 0.5);
      expect([...taken.dataSync()]).toEqual(was);
      expect(variable.dataSync()[0]).toBeCloseTo(0, 5);
      taken.dispose();
      optimizer.apply([tf.ones([3])], 0.5);
      expect(variable.dataSync()[0]).toBeCloseTo(-0.5, 5);
      optimizer.dispose();
      expect(variable.dataSync()[0]).toBeCloseTo(-0.5, 5);
    });
  });
});
