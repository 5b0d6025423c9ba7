import type { Rank, Tensor } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { probeTensorFlow } from 'onward/machine';
import { chooseBackend } from 'onward/train';
import { expect, it } from 'vitest';

const native = await probeTensorFlow('native');
const size = (min: number, max: number) => fc.integer({ min, max });

const settings = fc.record({
  height: size(3, 9),
  width: size(3, 9),
  inputs: size(1, 4),
  multiplier: size(1, 2),
  kernel: fc.tuple(size(1, 5), size(1, 5)),
  // TensorFlow has one for both sides.
  stride: size(1, 3),
  pad: fc.constantFrom('same' as const, 'valid' as const),
  seed: size(1, 1000),
});
type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;

async function gradients(backend: string, s: Settings) {
  const { tf } = await chooseBackend(backend);
  return tf.tidy(() => {
    const x = tf.randomUniform<Rank.R4>([2, s.height, s.width, s.inputs], -1, 1, 'float32', s.seed);
    const filter = tf.randomUniform<Rank.R4>([...s.kernel, s.inputs, s.multiplier], -1, 1, 'float32', s.seed + 1);
    const forward = (image: Tensor, f: Tensor) =>
      tf.depthwiseConv2d(image as typeof x, f as typeof filter, s.stride, s.pad);
    const dy = tf.randomUniform(forward(x, filter).shape, -1, 1, 'float32', s.seed + 2);
    return tf
      .grads(forward)([x, filter], dy)
      .map((gradient) => ({ shape: gradient.shape, values: gradient.dataSync<'float32'>().slice() }));
  });
}

it.skipIf(!native.available)(
  'the WASM backend has the gradients of depthwise convolutions that the native one has',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        settings.filter((s) => s.kernel[0] <= s.height && s.kernel[1] <= s.width),
        async (s) => {
          const wasm = await gradients('wasm', s);
          for (const [i, expected] of (await gradients('native', s)).entries()) {
            expect(wasm[i]!.shape).toEqual(expected.shape);
            for (const [k, value] of wasm[i]!.values.entries())
              expect(Math.abs(value - expected.values[k]!)).toBeLessThan(1e-4);
          }
        },
      ),
      { numRuns: 60 },
    );
  },
);

it('trains a network with them on the WASM backend', async () => {
  const { tf } = await chooseBackend('wasm');
  const layer = tf.layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same', inputShape: [9, 8, 3] });
  const model = tf.sequential({ layers: [layer, tf.layers.globalAveragePooling2d({})] });
  const x = tf.randomUniform([4, 9, 8, 3], -1, 1, 'float32', 1);
  const loss = () =>
    tf.tidy(() => tf.sum(tf.square(tf.sub(model.apply(x) as Tensor, 1))) as import('@tensorflow/tfjs').Scalar);
  const optimizer = tf.train.sgd(0.1);
  const before = loss().dataSync()[0]!;
  for (let i = 0; i < 5; i++) optimizer.minimize(loss);
  expect(loss().dataSync()[0]).toBeLessThan(before);
  model.dispose();
});
