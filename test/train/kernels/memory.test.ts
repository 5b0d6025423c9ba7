import { expect, it } from 'vitest';
import { network } from '#onward/train/network.js';
import { isNativeHere, loadNative } from './native.js';

/** What the addon has besides TensorFlow.js' interface: how many tensors TensorFlow itself holds. */
interface Backend {
  readonly binding: { getNumOfTensors(): number };
}

it.skipIf(!isNativeHere)('steps leave no tensor and no memory behind', { timeout: 60_000 }, async () => {
  const tf = await loadNative();
  const held = () => (tf.backend() as unknown as Backend).binding.getNumOfTensors();
  const counts = () => [tf.memory().numTensors, held()];
  const before = counts();
  const layers = [
    tf.layers.conv2d({ filters: 16, kernelSize: 3, padding: 'same', activation: 'relu', inputShape: [24, 24, 1] }),
    tf.layers.batchNormalization(),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.dropout({ rate: 0.3 }),
    tf.layers.conv2d({ filters: 8, kernelSize: 1, useBias: false }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 16, activation: 'relu' }),
    tf.layers.batchNormalization(),
    tf.layers.dense({ units: 3 }),
    tf.layers.activation({ activation: 'softmax' }),
  ];
  const options = { shape: [24, 24, 1], classes: 3, preprocessing: [], labelSmoothing: 0.1, seed: 1 } as const;
  const net = network(tf, tf.sequential({ layers }), { ...options, clipNorm: 1, weightDecay: 0.1, weightAverage: 0.9 });
  const labels = Uint32Array.from({ length: 64 }, (_, i) => i % 3);
  const batch = { images: Uint8Array.from({ length: 64 * 24 * 24 }, (_, i) => i % 251), labels };
  const step = () => {
    net.step(batch, 1e-3);
    net.predict(batch.images.subarray(0, 576), 1);
  };
  for (let i = 0; i < 10; i++) step();
  const warm = counts();
  const memory = process.memoryUsage().rss;
  for (let i = 0; i < 60; i++) step();
  expect(counts()).toEqual(warm);
  // The images alone are 2.4 MB a step between two layers: 140 MB for each tensor that would stay.
  expect((process.memoryUsage().rss - memory) / 1e6).toBeLessThan(100);
  net.dispose();
  expect(counts()).toEqual(before);
});
