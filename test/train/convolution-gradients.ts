import type { Rank, Tensor4D } from '@tensorflow/tfjs';
import fc from 'fast-check';
import type { TensorFlow } from 'onward/machine';
import { chooseBackend } from 'onward/train';
import { expect } from 'vitest';

export const size = (min: number, max: number) => fc.integer({ min, max });

/** What convolutions have in common. */
const common = {
  height: size(3, 9),
  width: size(3, 9),
  inputs: size(1, 4),
  pad: fc.constantFrom('same' as const, 'valid' as const),
  seed: size(1, 1000),
};

export interface ConvolutionCase {
  readonly height: number;
  readonly width: number;
  readonly inputs: number;
  readonly pad: 'same' | 'valid';
  readonly seed: number;
  readonly kernel: [number, number];
}

/** A kind of convolution: what else there is to choose, how many filters there are, and the operation. */
export interface ConvolutionKind<T> {
  readonly settings: { readonly [name in keyof T]: fc.Arbitrary<T[name]> };
  filters(settings: T): number;
  forward(tf: TensorFlow, image: Tensor4D, filter: Tensor4D, settings: T & ConvolutionCase): Tensor4D;
}

/** The WASM backend has the gradients that the native one has, with respect to images and filters. */
export async function gradientsAgree<T extends Pick<ConvolutionCase, 'kernel'>>(
  { settings, filters, forward }: ConvolutionKind<T>,
  numRuns: number,
): Promise<void> {
  const gradients = async (backend: string, s: T & ConvolutionCase) => {
    const { tf } = await chooseBackend(backend);
    return tf.tidy(() => {
      const x = tf.randomUniform<Rank.R4>([2, s.height, s.width, s.inputs], -1, 1, 'float32', s.seed);
      const filter = tf.randomUniform<Rank.R4>([...s.kernel, s.inputs, filters(s)], -1, 1, 'float32', s.seed + 1);
      const run = (image: unknown, f: unknown) => forward(tf, image as Tensor4D, f as Tensor4D, s);
      const dy = tf.randomUniform(run(x, filter).shape, -1, 1, 'float32', s.seed + 2);
      return tf
        .grads(run)([x, filter], dy)
        .map((gradient) => ({ shape: gradient.shape, values: gradient.dataSync<'float32'>().slice() }));
    });
  };
  const all = fc.record({ ...common, ...settings }) as unknown as fc.Arbitrary<T & ConvolutionCase>;
  await fc.assert(
    fc.asyncProperty(
      all.filter((s) => s.kernel[0] <= s.height && s.kernel[1] <= s.width),
      async (s) => {
        const wasm = await gradients('wasm', s);
        for (const [i, expected] of (await gradients('native', s)).entries()) {
          expect(wasm[i]!.shape).toEqual(expected.shape);
          expect(furthest(wasm[i]!.values, expected.values)).toBeLessThan(1e-5);
        }
      },
    ),
    { numRuns },
  );
}

/** Largest difference relative to the largest expected value, or to 1. */
export function furthest(got: Float32Array, expected: Float32Array): number {
  expect(got.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.map(Math.abs));
  return Math.max(...got.map((value, i) => Math.abs(value - expected[i]!))) / scale;
}
