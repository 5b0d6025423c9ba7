import type { Rank, Tensor } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { probeTensorFlow } from 'onward/machine';
import { chooseBackend } from 'onward/train';
import { describe, expect, it } from 'vitest';
import { furthest, gradientsAgree, size } from './convolution-gradients.js';

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

describe('the gradients of the WASM backend', () => {
  it.skipIf(!native.available)('of convolutions equal the native backend', async () => {
    await gradientsAgree(
      {
        settings: {
          outputs: size(1, 5),
          kernel: fc.tuple(size(1, 4), size(1, 4)),
          strides: fc.tuple(size(1, 3), size(1, 3)),
        },
        filters: ({ outputs }) => outputs,
        forward: (tf, image, filter, { strides, pad }) => tf.conv2d(image, filter, strides, pad),
      },
      40,
    );
  });

  it('of products, and products with transposed operands, equal what is defined', async () => {
    const { tf } = await chooseBackend('wasm');
    const settings = fc.tuple(size(1, 9), size(1, 9), size(1, 9), fc.boolean(), fc.boolean(), size(1, 1000));
    fc.assert(
      fc.property(settings, ([m, k, n, transposeA, transposeB, seed]) => {
        tf.tidy(() => {
          const a = tf.randomUniform(transposeA ? [k, m] : [m, k], -1, 1, 'float32', seed);
          const b = tf.randomUniform(transposeB ? [n, k] : [k, n], -1, 1, 'float32', seed + 1);
          const [rows, columns] = [a, b].map((tensor) => tensor.arraySync() as number[][]) as [number[][], number[][]];
          const at = (matrix: number[][], turned: boolean, i: number, j: number) =>
            turned ? matrix[j]![i]! : matrix[i]![j]!;
          const expected = Float32Array.from({ length: m * n }, (_, i) => {
            let sum = 0;
            for (let j = 0; j < k; j++)
              sum += at(rows, transposeA, Math.floor(i / n), j) * at(columns, transposeB, j, i % n);
            return sum;
          });
          const product = tf.matMul(a, b, transposeA, transposeB);
          expect(product.shape).toEqual([m, n]);
          expect(furthest(product.dataSync<'float32'>(), expected)).toBeLessThan(1e-5);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('of what is summed, averaged and spread over a batch equal what is defined', async () => {
    const { tf } = await chooseBackend('wasm');
    const settings = fc.record({
      shape: fc.array(size(1, 9), { minLength: 1, maxLength: 3 }).map((axes) => [...axes, 40]),
      times: size(20, 40),
      axes: size(1, 4),
      keepDims: fc.boolean(),
      seed: size(1, 1000),
    });
    fc.assert(
      fc.property(settings, ({ shape: rest, times, axes: asked, keepDims, seed }) => {
        tf.tidy(() => {
          const shape = [times, ...rest];
          const count = Math.min(asked, shape.length - 1);
          const axes = Array.from({ length: count }, (_, i) => i);
          const x = tf.randomUniform(shape, -1, 1, 'float32', seed);
          const rows = shape.slice(0, count).reduce((a, b) => a * b, 1);
          const [values, columns] = [x.dataSync<'float32'>(), x.size / rows];
          const expected = Float32Array.from({ length: columns }, (_, j) => {
            let total = 0;
            for (let i = 0; i < rows; i++) total += values[i * columns + j]!;
            return total;
          });
          const total = tf.sum(x, axes, keepDims);
          expect(total.shape).toEqual([...(keepDims ? axes.map(() => 1) : []), ...shape.slice(count)]);
          expect(furthest(total.dataSync<'float32'>(), expected)).toBeLessThan(1e-5);
          const mean = tf.mean(x, axes, keepDims).dataSync<'float32'>();
          expect(
            furthest(
              mean,
              expected.map((value) => value / rows),
            ),
          ).toBeLessThan(1e-5);

          const one = tf.reshape(total, [...axes.map(() => 1), ...shape.slice(count)]);
          const tiled = tf.tile(
            one,
            shape.map((length, i) => (i < count ? length : 1)),
          );
          expect(tiled.shape).toEqual(shape);
          expect(tf.max(tf.abs(tf.sub(tiled, one))).dataSync()[0]).toBe(0);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('leave no tensor behind', async () => {
    const { tf } = await chooseBackend('wasm');
    const before = tf.memory();
    tf.tidy(() => {
      const x = tf.ones<Rank.R4>([1, 5, 5, 2]);
      const filter = tf.ones<Rank.R4>([3, 3, 2, 3]);
      tf.grads((image: Tensor, f: Tensor) => tf.conv2d(image as typeof x, f as typeof filter, 1, 'same'))([x, filter]);
      tf.grads((a: Tensor, b: Tensor) => tf.matMul(a, b))([tf.ones([2, 3]), tf.ones([3, 4])]);
    });
    const { numTensors, numDataBuffers } = tf.memory();
    expect({ numTensors, numDataBuffers }).toEqual({
      numTensors: before.numTensors,
      numDataBuffers: before.numDataBuffers,
    });
  });
});
