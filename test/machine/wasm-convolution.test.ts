import type { Rank } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { loadTensorFlow } from 'onward/machine';
import { describe, expect, test } from 'vitest';

const { tf } = await loadTensorFlow('wasm');

/** What a backend computes from the same numbers. */
async function on(backend: string, compute: () => ReturnType<typeof tf.tensor>): Promise<Float32Array> {
  await tf.setBackend(backend);
  return tf.tidy(() => compute().dataSync<'float32'>().slice());
}

const pair = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }));
const settings = fc.record({
  height: fc.integer({ min: 4, max: 9 }),
  width: fc.integer({ min: 4, max: 9 }),
  inputs: fc.integer({ min: 1, max: 3 }),
  outputs: fc.integer({ min: 1, max: 3 }),
  kernel: pair,
  strides: pair,
  pad: fc.constantFrom('same' as const, 'valid' as const),
  seed: fc.integer({ min: 1, max: 1000 }),
});
type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;

const image = (s: Settings) => tf.randomUniform<Rank.R4>([2, s.height, s.width, s.inputs], -1, 1, 'float32', s.seed);
const filter = (s: Settings, outputs: number) =>
  tf.randomUniform<Rank.R4>([...s.kernel, s.inputs, outputs], -1, 1, 'float32', s.seed + 1);

const convolutions: Record<string, (s: Settings) => ReturnType<typeof tf.tensor>> = {
  conv2d: (s) => tf.conv2d(image(s), filter(s, s.outputs), s.strides, s.pad),
  depthwiseConv2d: (s) => tf.depthwiseConv2d(image(s), filter(s, 1), s.strides, s.pad),
  'fused conv2d': (s) =>
    tf.fused.conv2d({
      ...{ x: image(s), filter: filter(s, s.outputs), strides: s.strides, pad: s.pad },
      ...{ bias: tf.fill([s.outputs], 0.25), activation: 'relu' },
    }),
  'fused depthwiseConv2d': (s) =>
    tf.fused.depthwiseConv2d({
      ...{ x: image(s), filter: filter(s, 1), strides: s.strides, pad: s.pad },
      ...{ bias: tf.fill([s.inputs], 0.25), activation: 'relu' },
    }),
};

describe.each(Object.entries(convolutions))('%s on WASM', (_, compute) => {
  const close = async (s: Settings) => {
    const expected = await on('cpu', () => compute(s));
    const got = await on('wasm', () => compute(s));
    expect(got).toHaveLength(expected.length);
    expect(Math.max(...got.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-5);
  };

  test('gives what plain JavaScript gives, whatever the kernel and the stride', async () => {
    await fc.assert(fc.asyncProperty(settings, close), { numRuns: 60 });
  });

  test('also where the kernel is smaller than its stride, on one axis or on both', async () => {
    const rest = { inputs: 3, outputs: 2, pad: 'same' as const, seed: 5 };
    await close({ ...rest, height: 8, width: 8, kernel: [1, 2], strides: [2, 2] });
    await close({ ...rest, height: 6, width: 6, kernel: [2, 2], strides: [3, 3] });
    await close({ ...rest, height: 6, width: 7, kernel: [1, 3], strides: [2, 1] });
    await close({ ...rest, height: 8, width: 8, kernel: [1, 1], strides: [2, 2] });
  });

  test('leaves no tensor behind', async () => {
    await tf.setBackend('wasm');
    const before = tf.memory().numTensors;
    const s = { height: 8, width: 8, inputs: 2, outputs: 2, kernel: [1, 2], strides: [2, 2], pad: 'same', seed: 1 };
    tf.tidy(() => void compute(s as Settings));
    expect(tf.memory().numTensors).toBe(before);
  });
});
