import type { LayersModel } from '@tensorflow/tfjs';
import { type ChosenBackend, chooseBackend } from 'onward/train';
import { describe, expect, it } from 'vitest';
import type { Batch } from '#onward/train/batches.js';
import { type NetworkOptions, network } from '#onward/train/network.js';

const width = 400;
const batch: Batch = {
  images: new Uint8Array(8 * width).fill(51),
  labels: Uint32Array.from({ length: 8 }, (_, i) => i % 2),
};
const options = {
  ...{ shape: [20, 20, 1], classes: 2, labelSmoothing: 0 },
  preprocessing: [{ kind: 'scale', scale: 1 / 255, offset: 0 }],
} as const satisfies NetworkOptions;

type Make = (tf: ChosenBackend['tf']) => LayersModel['layers'][number];
const layers: readonly [name: string, make: Make][] = [
  ['GaussianNoise', (tf) => tf.layers.gaussianNoise({ stddev: 0.5, name: 'noise' })],
  ['GaussianDropout', (tf) => tf.layers.gaussianDropout({ rate: 0.3, name: 'noise' })],
  ['AlphaDropout', (tf) => tf.layers.alphaDropout({ rate: 0.3, name: 'noise' })],
];

describe.each(['native', 'wasm'] as const)('noise on %s', (name) => {
  it.each(layers)('of %s comes from the seed and the step, and does not come where it predicts', async (_, make) => {
    const backend = await chooseBackend(name).catch(() => undefined);
    if (!backend) return;
    const { tf } = backend;
    const train = (seed: number, batchSize?: number) => {
      const initial = { kernelInitializer: tf.initializers.heNormal({ seed: 1 }) };
      const model = tf.sequential({
        layers: [
          tf.layers.flatten({ inputShape: [20, 20, 1] }),
          make(tf) as never,
          tf.layers.dense({ units: 2, ...initial }),
          tf.layers.activation({ activation: 'softmax' }),
        ],
      });
      const net = network(tf, model, { ...options, seed, ...(batchSize && { batchSize }) });
      const before = net.predict(batch.images, 8);
      const losses = Array.from({ length: 4 }, () => net.step(batch, 1e-9).loss);
      expect(Math.max(...net.predict(batch.images, 8).map((p, i) => Math.abs(p - before[i]!)))).toBeLessThan(1e-6);
      expect(net.notCompiled()).toBeUndefined();
      net.dispose();
      return losses;
    };
    const losses = train(1);
    expect(train(1)).toEqual(losses);
    expect(train(2)).not.toEqual(losses);
    // Another one at each step: the weights hardly move, the loss does.
    expect(new Set(losses.map((loss) => loss.toFixed(4))).size).toBe(4);
    for (const [i, loss] of train(1, 8).entries()) expect(loss).toBeCloseTo(losses[i]!, 5);
    await chooseBackend();
  });
});

describe('the distribution after a layer of noise', () => {
  it.each([
    // Mean and deviation of what 0.2 becomes: https://arxiv.org/abs/1706.02515 for AlphaDropout, which keeps both of a standard normal.
    ['GaussianNoise', 0.2, 0.5],
    ['GaussianDropout', 0.2, 0.2 * Math.sqrt(0.3 / 0.7)],
  ] as const)('of %s', async (wanted, mean, deviation) => {
    const values = await after(wanted, (tf) => tf.fill([200, 200], 0.2));
    expect(values.mean).toBeCloseTo(mean, 2);
    expect(values.deviation).toBeCloseTo(deviation, 2);
  });

  it('of AlphaDropout has the mean and the deviation that it had', async () => {
    const values = await after('AlphaDropout', (tf) => tf.randomNormal([200, 200], 0, 1, 'float32', 5));
    expect(values.mean).toBeCloseTo(0, 1);
    expect(values.deviation).toBeCloseTo(1, 1);
  });

  async function after(wanted: string, input: (tf: ChosenBackend['tf']) => ReturnType<ChosenBackend['tf']['fill']>) {
    const { tf } = await chooseBackend();
    const { useSeededNoise } = await import('#onward/train/noise-layers.js');
    const layer = layers.find(([name]) => name === wanted)![1](tf);
    useSeededNoise(tf, [layer]);
    (layer as unknown as { seed: number }).seed = 3;
    const values = tf.tidy(() =>
      (layer.call(input(tf), { training: true }) as ReturnType<typeof tf.fill>).dataSync<'float32'>(),
    );
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    return { mean, deviation };
  }
});
