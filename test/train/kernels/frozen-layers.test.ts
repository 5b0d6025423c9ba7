import type { Tensor } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { nativeOps } from '#onward/train/kernels/native-ops.js';
import { relu6 } from '#onward/train/kernels/relu6.js';
import { stillNorm } from '#onward/train/kernels/still-norm.js';
import { isNativeHere, loadNative } from './native.js';

/** What a backbone's layers compute and hand back, in TensorFlow's kernels and as TensorFlow.js composes it. */
describe.skipIf(!isNativeHere)('of a frozen network', () => {
  const compare = async (shape: number[], fast: (x: Tensor) => Tensor, composed: (x: Tensor) => Tensor) => {
    const tf = await loadNative();
    tf.tidy(() => {
      const x = tf.mul(tf.randomNormal(shape, 0, 1, 'float32', 1), 4);
      const [found, expected] = [fast, composed].map((layer) => {
        const y = layer(x);
        const dy = tf.randomNormal(y.shape, 0, 1, 'float32', 2);
        return [y, tf.grad(layer)(x, dy)];
      }) as [Tensor[], Tensor[]];
      for (const [i, tensor] of found.entries()) {
        const far = tf.max(tf.abs(tf.sub(tensor, expected[i]!))).dataSync()[0]!;
        expect(far).toBeLessThan(1e-5);
      }
    });
  };

  it.each([[[3, 5, 4, 6]], [[7, 6]]])('a norm and its gradient: %j', async (shape) => {
    const tf = await loadNative();
    const ops = nativeOps(tf)!;
    const row = (from: number, step: number) => tf.tensor1d(Array.from({ length: 6 }, (_, i) => from + step * i));
    const [movingMean, movingVariance] = [row(-1, 0.4), row(0.3, 0.2)];
    const [beta, gamma] = [row(-0.5, 0.2), row(0.5, 0.3)];
    const epsilon = 1e-3;
    await compare(
      shape,
      (x) => stillNorm(tf, ops, { x, gamma, beta, movingMean, movingVariance, epsilon }),
      (x) => tf.batchNorm(x as never, movingMean, movingVariance, beta, gamma, epsilon),
    );
    tf.dispose([movingMean, movingVariance, beta, gamma]);
  });

  it('relu up to 6 and its gradient', async () => {
    const tf = await loadNative();
    await compare(
      [4, 9, 3, 2],
      (x) => relu6(tf, nativeOps(tf)!, x),
      (x) => tf.clipByValue(tf.relu(x), 0, 6),
    );
  });
});
