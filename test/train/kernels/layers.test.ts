import type { LayersModel, Rank, Scalar, SymbolicTensor, Tensor, Variable } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { useFastLayers } from '#onward/train/kernels/fast-layers.js';
import { nativeOps } from '#onward/train/kernels/native-ops.js';
import { useNativeReluGradient } from '#onward/train/kernels/relu-gradient.js';
import { difference, isNativeHere, loadNative } from './native.js';

describe.skipIf(!isNativeHere)('layers in TensorFlow’s own kernels, against what TensorFlow.js composes', async () => {
  const tf = await loadNative();
  const size = (max: number, min = 1) => fc.integer({ min, max });
  const pair = (max: number) => fc.tuple(size(max), size(max));
  const seed = size(1e6);
  type Layer = LayersModel['layers'][number];

  /** A layer's output in training, its gradients by input and weights, and the weights that it changed itself. */
  function train(layer: Layer, x: Tensor, dySeed: number): Tensor[] {
    const variables = layer.trainableWeights.map((weight) => weight.read() as Variable);
    let y: Tensor | undefined;
    const loss = (input: Tensor) => {
      const output = layer.apply(input, { training: true }) as Tensor;
      y ??= tf.keep(output.clone());
      return tf.sum(tf.mul(output, tf.randomNormal(output.shape, 0, 1, 'float32', dySeed))) as Scalar;
    };
    const dx = tf.grad(loss)(x);
    const changed = layer.nonTrainableWeights.map((weight) => weight.read().clone());
    const grads: Record<string, Tensor> = variables.length > 0 ? tf.variableGrads(() => loss(x), variables).grads : {};
    return [y!, dx, ...variables.map((variable) => grads[variable.name]!), ...changed];
  }

  function modelOf(layer: Layer, shape: number[], s: number): LayersModel {
    const input = tf.input({ shape: shape.slice(1) });
    const model = tf.model({ inputs: input, outputs: layer.apply(input) as never });
    model.setWeights(model.getWeights().map((w, i) => tf.randomUniform(w.shape, 0.2, 1.5, 'float32', s + i)));
    return model;
  }

  const inputOf = (shape: number[], s: number) => tf.randomNormal(shape, 0.5, 2, 'float32', s);

  /** Whether a layer's sums are far enough from 0, where relu has no gradient: on which side one ends there is a matter of rounding. */
  const hasGradient = (linear: () => Layer, shape: number[], s: number): boolean =>
    tf.tidy(() => {
      const sums = modelOf(linear(), shape, s).predict(inputOf(shape, s)) as Tensor;
      return tf.min(tf.abs(sums)).dataSync<'float32'>()[0]! > 1e-5;
    });

  function compare(make: () => Layer, shape: number[], s: number, tolerance = 1e-5) {
    tf.tidy(() => {
      const [fast, composed] = [make(), make()].map((layer) => modelOf(layer, shape, s)) as [LayersModel, LayersModel];
      useFastLayers(tf, fast.layers);
      const x = inputOf(shape, s);
      const got = train(fast.layers[1]!, x, s + 7);
      const expected = train(composed.layers[1]!, x, s + 7);
      expect(got).toHaveLength(expected.length);
      for (const [i, tensor] of got.entries()) expect(difference(tensor, expected[i]!)).toBeLessThan(tolerance);
    });
  }

  it('convolutions: kernels, strides, paddings, bias, activations', () => {
    const settings = fc.record({
      shape: fc.tuple(size(4), size(9, 3), size(9, 3), size(5)),
      filters: size(6),
      kernelSize: pair(3),
      strides: pair(3),
      padding: fc.constantFrom('same' as const, 'valid' as const),
      useBias: fc.boolean(),
      activation: fc.constantFrom('relu' as const, 'linear' as const, 'elu' as const),
      seed,
    });
    fc.assert(
      fc.property(settings, ({ shape, seed: s, ...rest }) => {
        const linear = () => tf.layers.conv2d({ ...rest, activation: 'linear' });
        fc.pre(rest.activation !== 'relu' || hasGradient(linear, shape, s));
        compare(() => tf.layers.conv2d(rest), shape, s);
      }),
      {
        numRuns: 60,
        // Two sums that cancel to 2e-18.
        examples: [
          [
            {
              ...{ shape: [4, 5, 3, 1], filters: 1, kernelSize: [1, 2], strides: [1, 2], padding: 'valid' },
              ...{ useBias: false, activation: 'relu', seed: 186_890 },
            },
          ],
        ],
      },
    );
  });

  it('what they leave to TensorFlow.js: other axes and ranks', () => {
    compare(() => tf.layers.conv2d({ filters: 2, kernelSize: 2, dataFormat: 'channelsFirst' }), [2, 3, 6, 6], 1);
    compare(() => tf.layers.dense({ units: 3 }), [2, 4, 5], 2);
    compare(() => tf.layers.batchNormalization(), [4, 3, 5], 3, 2e-4);
  });

  it('dense layers', () => {
    const settings = fc.record({
      shape: fc.tuple(size(7), size(9)),
      units: size(8),
      useBias: fc.boolean(),
      activation: fc.constantFrom('relu' as const, 'linear' as const, 'tanh' as const),
      seed,
    });
    fc.assert(
      fc.property(settings, ({ shape, seed: s, ...rest }) => {
        const linear = () => tf.layers.dense({ ...rest, activation: 'linear' });
        fc.pre(rest.activation !== 'relu' || hasGradient(linear, shape, s));
        compare(() => tf.layers.dense(rest), shape, s);
      }),
      { numRuns: 30 },
    );
  });

  it('max pooling, of values that are often equal', () => {
    const settings = fc.record({
      shape: fc.tuple(size(3), size(9, 3), size(9, 3), size(4)),
      poolSize: fc.tuple(size(3), size(3)),
      strides: pair(3),
      padding: fc.constantFrom('same' as const, 'valid' as const),
      seed,
    });
    fc.assert(
      fc.property(settings, ({ shape, seed: s, ...rest }) => {
        compare(() => tf.layers.maxPooling2d(rest), shape, s);
        tf.tidy(() => {
          const [fast, composed] = [0, 1].map(() => tf.layers.maxPooling2d(rest));
          useFastLayers(tf, [fast!]);
          const x = tf.floor(tf.randomUniform(shape, 0, 3, 'float32', s));
          const [got, expected] = [train(fast!, x, s), train(composed!, x, s)];
          // Windows that overlap add up in another order.
          for (const [i, tensor] of got.entries()) expect(difference(tensor, expected[i]!)).toBeLessThan(1e-6);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('the mean of each channel', () => {
    fc.assert(
      fc.property(fc.tuple(size(4), size(9), size(9), size(5)), seed, (shape, s) =>
        compare(() => tf.layers.globalAveragePooling2d({}), shape, s),
      ),
      { numRuns: 20 },
    );
    compare(() => tf.layers.globalAveragePooling2d({ dataFormat: 'channelsFirst' }), [2, 3, 4, 5], 1);
  });

  it('convolutions that nobody sees but the pooling after them', () => {
    const settings = fc.record({
      shape: fc.tuple(size(3), size(9, 4), size(9, 4), size(3)),
      poolSize: fc.tuple(size(3), size(3)),
      useBias: fc.boolean(),
      activation: fc.constantFrom('relu' as const, 'linear' as const, 'elu' as const),
      isSeen: fc.boolean(),
      seed,
    });
    fc.assert(
      fc.property(settings, ({ shape, poolSize, useBias, activation, isSeen, seed: s }) => {
        tf.tidy(() => {
          const make = () => {
            const input = tf.input({ shape: shape.slice(1) });
            const convolution = tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', useBias, activation });
            const values = convolution.apply(input) as SymbolicTensor;
            const pooled = tf.layers.maxPooling2d({ poolSize }).apply(values) as SymbolicTensor;
            const flat = [pooled, ...(isSeen ? [values] : [])].map(
              (each) => tf.layers.flatten().apply(each) as SymbolicTensor,
            );
            const outputs = isSeen ? tf.layers.concatenate().apply(flat) : flat[0]!;
            return tf.model({ inputs: input, outputs: outputs as SymbolicTensor });
          };
          const [fast, composed] = [make(), make()] as [LayersModel, LayersModel];
          useFastLayers(tf, fast.layers);
          composed.setWeights(fast.getWeights());
          const x = tf.randomNormal(shape, 0, 1, 'float32', s);
          const [got, expected] = [train(fast, x, s), train(composed, x, s)];
          expect(got).toHaveLength(expected.length);
          for (const [i, tensor] of got.entries()) expect(difference(tensor, expected[i]!)).toBeLessThan(1e-5);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('batch normalisation of images and of vectors, with its moving statistics', () => {
    const settings = fc.record({
      shape: fc.oneof(fc.tuple(size(6, 2), size(6), size(6), size(6)), fc.tuple(size(9, 3), size(9))),
      momentum: fc.double({ min: 0.5, max: 0.99, noNaN: true }),
      epsilon: fc.constantFrom(1e-3, 1e-2),
      seed,
    });
    fc.assert(
      // The variance of a few numbers cancels: what TensorFlow.js composes is itself right to no more than this.
      fc.property(settings, ({ shape, seed: s, ...rest }) =>
        compare(() => tf.layers.batchNormalization(rest), shape, s, 2e-4),
      ),
      { numRuns: 40 },
    );
    // Small ones and large ones are computed by different kernels.
    compare(() => tf.layers.batchNormalization(), [16, 8, 8, 4], 1);
    compare(() => tf.layers.batchNormalization(), [256, 12], 2);
    compare(() => tf.layers.batchNormalization(), [32, 16, 16, 12], 3);
    compare(() => tf.layers.batchNormalization(), [512, 200], 4);
  });

  it('inference is TensorFlow.js’ own', () => {
    tf.tidy(() => {
      const layer = tf.layers.batchNormalization({ inputShape: [5] });
      const model = tf.sequential({ layers: [layer, tf.layers.dropout({ rate: 0.5 })] });
      const x = tf.randomNormal([8, 5], 1, 2, 'float32', 3);
      const before = model.predict(x) as Tensor;
      useFastLayers(tf, model.layers);
      expect(difference(model.predict(x) as Tensor, before)).toBe(0);
    });
  });

  it('dropout: the share that it drops, what it keeps, its gradient, and the same mask from the same seed', () => {
    const shape = fc.oneof(
      fc.tuple(size(40, 10), size(999, 500)),
      fc.tuple(size(9, 2), size(30, 9), size(20, 9), size(7)),
    );
    const rate = fc.double({ min: 0.05, max: 0.9, noNaN: true });
    fc.assert(
      fc.property(shape, rate, seed, (dimensions, drop, s) => {
        tf.tidy(() => {
          const layer = tf.layers.dropout({ rate: drop, seed: s });
          useFastLayers(tf, [layer]);
          const x = tf.randomUniform(dimensions, 1, 2, 'float32', s);
          const [y, dx] = train(layer, x, s + 1) as [Tensor, Tensor];
          const again = layer.apply(x, { training: true }) as Tensor;
          expect(difference(again, y)).toBe(0);
          (layer as unknown as { seed: number }).seed = s + 1;
          expect(difference(layer.apply(x, { training: true }) as Tensor, y)).toBeGreaterThan(0.1);

          const kept = tf.cast(tf.greater(y, 0), 'float32');
          expect(difference(y, tf.div(tf.mul(x, kept), 1 - drop))).toBeLessThan(2e-4);
          const dy = tf.randomNormal(dimensions, 0, 1, 'float32', s + 1);
          expect(difference(dx, tf.div(tf.mul(dy, kept), 1 - drop))).toBeLessThan(2e-4);
          // Five deviations of a binomial share.
          const share = tf.mean(kept).dataSync()[0]!;
          expect(Math.abs(share - (1 - drop))).toBeLessThan(5 * Math.sqrt((drop * (1 - drop)) / x.size) + 1e-4);
        });
      }),
      { numRuns: 25 },
    );
  });

  it('gradient of relu', () => {
    useNativeReluGradient(tf);
    fc.assert(
      fc.property(fc.tuple(size(6), size(6), size(6), size(6)), seed, (shape, s) => {
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

  it('are there for the native backend alone', async () => {
    const { loadTensorFlow } = await import('onward/machine');
    expect(nativeOps(tf)).toBeDefined();
    const wasm = await loadTensorFlow('wasm');
    expect(nativeOps(wasm.tf)).toBeUndefined();
    await loadTensorFlow('native');
  });
});
