import type { LayersModel, Rank, Scalar, Tensor, Variable } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { loadTensorFlow, probeTensorFlow } from 'onward/machine';
import { describe, expect, it } from 'vitest';
import { useFusedBatchNorm } from '#onward/train/kernels/batch-norm.js';
import { nativeOps } from '#onward/train/kernels/native-ops.js';
import { useNativeReluGradient } from '#onward/train/kernels/relu-gradient.js';
import { adam } from '#onward/train/optimizers/adam.js';

const probe = await probeTensorFlow('native');
if (!probe.available) console.log(`the native kernels are not compared: ${probe.reason}`);

/** Largest difference relative to the largest expected value. */
function difference(got: Tensor, expected: Tensor): number {
  const [a, b] = [got.dataSync<'float32'>(), expected.dataSync<'float32'>()];
  expect(a.length).toBe(b.length);
  const scale = Math.max(1e-3, ...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / scale;
}

describe.skipIf(!probe.available)('TensorFlow’s own kernels, against what TensorFlow.js composes', async () => {
  const { tf } = await loadTensorFlow(probe.available ? 'native' : 'wasm');
  const size = fc.integer({ min: 1, max: 6 });
  const seed = fc.integer({ min: 1, max: 1e6 });

  it('gradient of relu', () => {
    useNativeReluGradient(tf);
    fc.assert(
      fc.property(fc.tuple(size, size, size, size), seed, (shape, s) => {
        tf.tidy(() => {
          const x = tf.randomNormal<Rank.R4>(shape, 0, 1, 'float32', s);
          const dy = tf.randomNormal<Rank.R4>(shape, 0, 1, 'float32', s + 1);
          const got = tf.grad((value) => tf.relu(value))(x, dy);
          expect(difference(got, tf.mul(dy, tf.step(x)))).toBe(0);
        });
      }),
      { numRuns: 20 },
    );
  });

  it('batch normalisation: what it gives, its gradients, and its moving statistics', () => {
    const settings = fc.record({
      shape: fc.tuple(fc.integer({ min: 2, max: 6 }), size, size, size),
      scale: fc.boolean(),
      momentum: fc.double({ min: 0.5, max: 0.99, noNaN: true }),
      epsilon: fc.constantFrom(1e-3, 1e-2),
      seed,
    });
    fc.assert(
      fc.property(settings, ({ shape, momentum, epsilon, seed: s }) => {
        tf.tidy(() => {
          const make = () =>
            tf.sequential({
              layers: [tf.layers.batchNormalization({ inputShape: shape.slice(1), momentum, epsilon })],
            });
          const [fused, composed] = [make(), make()];
          useFusedBatchNorm(tf, fused.layers);
          const weights = fused.getWeights().map((w, i) => tf.randomUniform(w.shape, 0.5, 2, 'float32', s + i));
          for (const model of [fused, composed]) model.setWeights(weights);
          const x = tf.randomNormal<Rank.R4>(shape, 3, 2, 'float32', s);
          const dy = tf.randomNormal<Rank.R4>(shape, 0, 1, 'float32', s + 9);
          const run = (model: LayersModel) => {
            const layer = model.layers[0]!;
            const variables = layer.trainableWeights.map((w) => w.read() as Variable);
            let y: Tensor | undefined;
            const loss = (input: Tensor) => {
              const output = layer.apply(input, { training: true }) as Tensor;
              y ??= tf.keep(output.clone());
              return tf.sum(tf.mul(output, dy)) as Scalar;
            };
            const dx = tf.grad((input) => loss(input))(x);
            const moving = model
              .getWeights()
              .slice(2)
              .map((w) => w.clone());
            const { grads } = tf.variableGrads(() => loss(x), variables);
            return [y!, dx, ...variables.map((v) => grads[v.name]!), ...moving];
          };
          const [got, expected] = [run(fused), run(composed)];
          for (const [i, tensor] of got.entries()) expect(difference(tensor, expected[i]!)).toBeLessThan(2e-4);
        });
      }),
      { numRuns: 25 },
    );
  });

  it('batch normalisation leaves inference and other shapes alone', () => {
    tf.tidy(() => {
      const model = tf.sequential({ layers: [tf.layers.batchNormalization({ inputShape: [5] })] });
      const x = tf.randomNormal([8, 5], 1, 2, 'float32', 3);
      const before = model.layers[0]!.apply(x, { training: true }) as Tensor;
      const inference = model.predict(x) as Tensor;
      model.setWeights(model.getWeights().map((w, i) => (i === 2 ? tf.zerosLike(w) : i === 3 ? tf.onesLike(w) : w)));
      useFusedBatchNorm(tf, model.layers);
      expect(difference(model.layers[0]!.apply(x, { training: true }) as Tensor, before)).toBe(0);
      expect(inference.shape).toEqual([8, 5]);
    });
  });

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
        const gradients = shapes.map((shape, i) => tf.randomNormal(shape, 0.3, 1, 'float32', 100 * step + i));
        native.apply(gradients, 0.01);
        composed.applyGradients(theirs.map((variable, i) => ({ name: variable.name, tensor: gradients[i]! })));
      }
      for (const [i, variable] of ours.entries()) {
        expect(difference(variable, theirs[i]!)).toBeLessThan(1e-5);
        expect(difference(variable, start[i]!)).toBeGreaterThan(0.01);
      }
      native.dispose();
    });
  });

  it('are there for the native backend alone', async () => {
    expect(nativeOps(tf)).toBeDefined();
    const wasm = await loadTensorFlow('wasm');
    expect(nativeOps(wasm.tf)).toBeUndefined();
    await loadTensorFlow('native');
  });
});

it.skipIf(!probe.available)('a step leaves no tensor behind', async () => {
  const { tf } = await loadTensorFlow('native');
  const { network } = await import('#onward/train/network.js');
  const { recipeByName } = await import('onward/train');
  const recipe = recipeByName('small-cnn');
  const shape = [12, 12, 1] as const;
  const before = tf.memory().numTensors;
  const preprocessing = recipe.preprocessing(shape);
  const options = { ...recipe, preprocessing, shape, classes: 3 };
  const net = network(tf, recipe.build(tf, { shape, classes: 3, seed: 1 }), options);
  const batch = { images: new Uint8Array(4 * 144).fill(7), labels: Uint32Array.of(0, 1, 2, 0) };
  net.step(batch, 1e-3);
  const after = tf.memory().numTensors;
  net.step(batch, 1e-3);
  net.predict(batch.images, 4);
  expect(tf.memory().numTensors).toBe(after);
  net.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
