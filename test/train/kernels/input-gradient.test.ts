import type { Rank, Tensor, Tensor4D } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inputGradient, inputGradientForm } from '#onward/train/kernels/input-gradient.js';
import { nativeOps } from '#onward/train/kernels/native-ops.js';
import { difference, isNativeHere, loadNative } from './native.js';

describe.skipIf(!isNativeHere)('the gradient of a convolution by its input', async () => {
  const tf = await loadNative();
  const ops = nativeOps(tf)!;
  const size = (min: number, max: number) => fc.integer({ min, max });
  const settings = fc.record({
    images: fc.tuple(size(1, 3), size(4, 9), size(4, 9), size(1, 4)),
    kernel: fc.tuple(size(1, 4), size(1, 4)),
    outputs: size(1, 5),
    padding: fc.constantFrom('same' as const, 'valid' as const),
    seed: size(1, 1e6),
  });

  it('is the same as a convolution with the kernel turned around, and as a product', () => {
    fc.assert(
      fc.property(settings, ({ images: shape, kernel, outputs, padding, seed }) => {
        tf.tidy(() => {
          const filter = tf.randomNormal<Rank.R4>([...kernel, shape[3], outputs], 0, 1, 'float32', seed);
          const forward = (input: Tensor) => tf.conv2d(input as Tensor4D, filter, 1, padding);
          const x = tf.randomNormal<Rank.R4>(shape, 0, 1, 'float32', seed + 1);
          const dy = tf.randomNormal<Rank.R4>(
            forward(x).shape as [number, number, number, number],
            0,
            1,
            'float32',
            seed + 2,
          );
          const expected = tf.grad(forward)(x, dy);
          const given = { filter, dy, shape, padding, strides: [1, 1] as const };
          const forms = [
            'kernel',
            'convolution',
            ...(kernel[0] * kernel[1] === 1 ? (['product'] as const) : []),
          ] as const;
          for (const form of forms)
            expect(difference(inputGradient(tf, ops, given, form), expected)).toBeLessThan(1e-5);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('takes the form that is fastest there', () => {
    tf.tidy(() => {
      const filter = (h: number, w: number) => tf.zeros<Rank.R4>([h, w, 2, 3]);
      const at = (strides: [number, number]) => ({ strides, padding: 'same' as const });
      const [oneDnn, eigen] = [{ oneDnn: true }, { oneDnn: false }];
      expect(inputGradientForm(filter(1, 1), at([1, 1]), oneDnn)).toBe('product');
      expect(inputGradientForm(filter(1, 1), at([1, 1]), eigen)).toBe('product');
      expect(inputGradientForm(filter(1, 1), at([2, 2]), eigen)).toBe('kernel');
      expect(inputGradientForm(filter(3, 3), at([1, 1]), oneDnn)).toBe('kernel');
      expect(inputGradientForm(filter(3, 3), at([1, 1]), eigen)).toBe('convolution');
      expect(inputGradientForm(filter(3, 3), at([1, 2]), eigen)).toBe('kernel');
    });
  });
});
