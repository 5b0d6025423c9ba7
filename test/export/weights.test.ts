import fc from 'fast-check';
import { readModelJson } from 'onward/export';
import { describe, expect, it } from 'vitest';
import { filesOf, tf } from './networks.js';

/** How a file may hold the numbers of a dense layer's kernel of 2 x 3. */
const storages = [
  { stored: 'float16', bytes: 2, quantization: { dtype: 'float16' } },
  { stored: 'uint8', bytes: 1, quantization: { dtype: 'uint8', scale: 0.0123, min: -1.7 } },
  { stored: 'uint16', bytes: 2, quantization: { dtype: 'uint16', scale: 3.1e-4, min: -9.25 } },
  { stored: 'float32', bytes: 4, quantization: undefined },
] as const;

describe.each(storages)('weights stored as $stored', ({ bytes, quantization }) => {
  it('are the numbers that TensorFlow.js reads', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 3, inputShape: [2], useBias: false, name: 'd' })],
    });
    const { json } = await filesOf(model);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 6 * bytes, maxLength: 6 * bytes }), async (data) => {
        const spec = { name: 'd/kernel', shape: [2, 3], dtype: 'float32', ...(quantization && { quantization }) };
        const manifest = [{ paths: ['weights.bin'], weights: [spec] }];
        const ours = readModelJson({
          json: { ...json, weightsManifest: manifest },
          weights: data,
        }).layers[1]!.weights.get('kernel')!;
        const theirs = tf.io.decodeWeights(data.slice().buffer, [spec as never])['d/kernel']!.dataSync<'float32'>();
        expect(ours.dims).toEqual([2, 3]);
        expect([...ours.values]).toEqual([...theirs]);
      }),
      { numRuns: 50 },
    );
  });
});
