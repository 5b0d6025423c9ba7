import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { loadTensorFlow } from 'onward/machine';
import { describe, expect, it } from 'vitest';
import { crossEntropy } from '#onward/train/kernels/cross-entropy.js';
import { countCorrect, targetsOf } from '#onward/train/targets.js';
import { difference, isNativeHere } from './native.js';

const classes = 4;
const labelled = fc.record({
  labels: fc.array(fc.nat(classes - 1), { minLength: 1, maxLength: 9 }).map((labels) => Uint32Array.from(labels)),
  labelSmoothing: fc.constantFrom(0, 0.1),
  classWeights: fc.constantFrom(undefined, [1, 2, 0.5, 0.25]),
  seed: fc.integer({ min: 1, max: 1e6 }),
});

describe.each(isNativeHere ? (['native', 'wasm'] as const) : (['wasm'] as const))('the loss, on %s', (backend) => {
  it('and its gradient are those of tf.losses.softmaxCrossEntropy', async () => {
    const { tf } = await loadTensorFlow(backend);
    fc.assert(
      fc.property(labelled, ({ labels, labelSmoothing, classWeights, seed }) => {
        tf.tidy(() => {
          const { probabilities, costs } = targetsOf({ labels }, { classes, labelSmoothing, classWeights });
          const logits = tf.randomNormal([labels.length, classes], 0, 2, 'float32', seed) as Tensor2D;
          const ours = (x: Tensor) =>
            crossEntropy(tf, x as Tensor2D, tf.tensor2d(probabilities, [labels.length, classes]), tf.tensor1d(costs));
          const truth = tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), classes) as Tensor2D;
          const weights = classWeights && (tf.sum(tf.mul(truth, tf.tensor1d([...classWeights])), 1) as Tensor1D);
          const theirs = (x: Tensor): Scalar =>
            tf.losses.softmaxCrossEntropy(truth, x as Tensor2D, weights, labelSmoothing);
          expect(difference(ours(logits), theirs(logits))).toBeLessThan(1e-5);
          expect(difference(tf.grad(ours)(logits), tf.grad(theirs)(logits))).toBeLessThan(1e-5);
        });
      }),
      { numRuns: 30 },
    );
  });
});

it('images that are each a blend of two have both truths', () => {
  const labels = Uint32Array.of(0, 1);
  const mixed = { labels: Uint32Array.of(1, 1), share: 0.75 };
  const { probabilities, costs } = targetsOf(
    { labels, mixed },
    { classes: 2, labelSmoothing: 0, classWeights: [1, 3] },
  );
  expect([...probabilities]).toEqual([0.75, 0.25, 0, 1]);
  expect([...costs]).toEqual([(0.75 + 0.75) / 2, 3 / 2]);
});

it('counts the rows that are highest at their label', () => {
  expect(countCorrect(Float32Array.of(1, 2, 5, 4, 0, 0), Uint32Array.of(1, 0, 1))).toBe(2);
});
