import type { Tensor, Variable } from '@tensorflow/tfjs';
import { loadTensorFlow } from 'onward/machine';
import { describe, expect, it } from 'vitest';
import { adam } from '#onward/train/optimizers/adam.js';
import { optimizers } from '#onward/train/optimizers/index.js';
import type { Optimizer } from '#onward/train/optimizers/optimizer.js';
import { sgd } from '#onward/train/optimizers/sgd.js';
import { difference, isNativeHere, loadNative } from './native.js';

function update(optimizer: Optimizer, gradients: readonly Tensor[], learningRate: number): void {
  optimizer.begin(learningRate);
  optimizer.apply(gradients);
}

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
        // A seed of 0 is none: a first gradient that happens to be tiny then shows where either puts its epsilon.
        const gradients = shapes.map((shape, i) => tf.randomNormal(shape, 0.3, 1, 'float32', 100 * step + i + 1));
        update(native, gradients, 0.01);
        composed.applyGradients(theirs.map((variable, i) => ({ name: variable.name, tensor: gradients[i]! })));
      }
      for (const [i, variable] of ours.entries()) {
        expect(difference(variable, theirs[i]!)).toBeLessThan(1e-5);
        expect(difference(variable, start[i]!)).toBeGreaterThan(0.01);
      }
      native.dispose();
    });
  });

  it.each([
    ['plain', {}],
    ['looking ahead', { nesterov: true, momentum: 0.8 }],
    ['with weight decay', { weightDecay: 0.1 }],
  ])('momentum, %s: as it is defined, and as it is composed', async (_, options) => {
    const { weightDecay = 0, momentum = 0.9, nesterov = false } = { ...options } as Parameters<typeof sgd>[2] & object;
    const start = [0.5, -1, 2, 0.25];
    const gradients = Array.from({ length: 20 }, (_, i) => start.map((value, j) => Math.sin(i + j) + value / 4));
    const rate = 0.05;
    const [expected, m] = [[...start], start.map(() => 0)];
    for (const gradient of gradients) {
      for (const [j, g] of gradient.entries()) {
        m[j] = momentum * m[j]! - rate * g;
        expected[j]! *= 1 - rate * weightDecay;
        expected[j]! += nesterov ? momentum * m[j]! - rate * g : m[j]!;
      }
    }
    for (const backend of ['native', 'wasm'] as const) {
      await loadTensorFlow(backend);
      const variable = tf.variable(tf.tensor2d(start, [2, 2]));
      const optimizer = sgd(tf, [variable], options);
      for (const gradient of gradients) tf.tidy(() => update(optimizer, [tf.tensor2d(gradient, [2, 2])], rate));
      const wanted = tf.tensor2d(expected, [2, 2]);
      expect(difference(variable, wanted)).toBeLessThan(1e-5);
      wanted.dispose();
      optimizer.dispose();
      variable.dispose();
    }
    await loadTensorFlow('native');
  });

  it.each(['adam', 'sgd'] as const)('%s goes on from its state as if it had never stopped', (name) => {
    tf.tidy(() => {
      const gradient = (i: number) => tf.randomNormal([3, 2], 0.2, 1, 'float32', i + 1);
      const [one, two] = [0, 1].map(() => tf.variable(tf.ones([3, 2]))) as [Variable, Variable];
      const options = { weightDecay: 0.01 };
      const whole = optimizers[name](tf, [one], options);
      for (let i = 0; i < 6; i++) update(whole, [gradient(i)], 0.1);
      const first = optimizers[name](tf, [two], options);
      for (let i = 0; i < 3; i++) update(first, [gradient(i)], 0.1);
      const second = optimizers[name](tf, [two], options);
      second.restore(first.state());
      for (let i = 3; i < 6; i++) update(second, [gradient(i)], 0.1);
      expect([...two.dataSync()]).toEqual([...one.dataSync()]);
      for (const each of [whole, first, second]) each.dispose();
    });
  });

  it('change a variable in place, and not what somebody took of it before', () => {
    tf.tidy(() => {
      const variable = tf.variable(tf.tensor1d([1, 2, 3]));
      const optimizer = adam(tf, [variable]);
      update(optimizer, [tf.ones([3])], 0.5);
      const taken = variable.clone();
      const was = [...taken.dataSync()];
      expect(was[0]).toBeCloseTo(0.5, 5);
      update(optimizer, [tf.ones([3])], 0.5);
      expect([...taken.dataSync()]).toEqual(was);
      expect(variable.dataSync()[0]).toBeCloseTo(0, 5);
      taken.dispose();
      update(optimizer, [tf.ones([3])], 0.5);
      expect(variable.dataSync()[0]).toBeCloseTo(-0.5, 5);
      optimizer.dispose();
      expect(variable.dataSync()[0]).toBeCloseTo(-0.5, 5);
    });
  });
});
