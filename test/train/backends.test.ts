import type { Rank, Tensor } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { probeTensorFlow } from 'onward/machine';
import { chooseBackend } from 'onward/train';
import { describe, expect, it } from 'vitest';

const native = await probeTensorFlow('native');

it('refuses a name that it does not know, with the closest one', async () => {
  await expect(chooseBackend('natve')).rejects.toMatchObject({
    kind: 'usage',
    message: expect.stringContaining('did you mean native'),
  });
});

it('takes the native backend on its own, or says why not', async () => {
  const chosen = await chooseBackend();
  if (native.available) expect(chosen).toMatchObject({ backend: 'native', version: native.version });
  else expect(chosen).toMatchObject({ backend: 'wasm', reason: expect.stringContaining(native.reason) });
});

describe('the filter gradient of the WASM backend', () => {
  it.skipIf(!native.available)('equals the native backend', async () => {
    const settings = fc.record({
      height: fc.integer({ min: 3, max: 9 }),
      width: fc.integer({ min: 3, max: 9 }),
      inputs: fc.integer({ min: 1, max: 4 }),
      outputs: fc.integer({ min: 1, max: 5 }),
      kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      pad: fc.constantFrom('same' as const, 'valid' as const),
      seed: fc.integer({ min: 1, max: 1000 }),
    });
    type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;
    const gradient = async (backend: string, s: Settings) => {
      const { tf } = await chooseBackend(backend);
      return tf.tidy(() => {
        const x = tf.randomUniform<Rank.R4>([2, s.height, s.width, s.inputs], -1, 1, 'float32', s.seed);
        const filter = tf.randomUniform<Rank.R4>([...s.kernel, s.inputs, s.outputs], -1, 1, 'float32', s.seed + 1);
        const forward = (f: Tensor) => tf.conv2d(x, f as typeof filter, s.strides, s.pad);
        const dy = tf.randomUniform(forward(filter).shape, -1, 1, 'float32', s.seed + 2);
        return tf.grad(forward)(filter, dy).dataSync<'float32'>().slice();
      });
    };
    await fc.assert(
      fc.asyncProperty(settings, async (s) => {
        const wasm = await gradient('wasm', s);
        const expected = await gradient('native', s);
        const scale = Math.max(1, ...expected.map(Math.abs));
        const worst = Math.max(...wasm.map((value, i) => Math.abs(value - expected[i]!)));
        expect(worst / scale).toBeLessThan(1e-5);
      }),
      { numRuns: 25 },
    );
  });
});
