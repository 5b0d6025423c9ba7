import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tensor } from '@tensorflow/tfjs';
import { type LayersModel, tensorflowFiles } from 'onward/export';
import { describe, expect, it, vi } from 'vitest';
import { readModelFile } from '#onward/export/index.node.js';
import { tensorflowClasses } from '#onward/export/write/tensorflow-classes.js';
import { relativeDifference, tf } from './networks.js';

const folder = 'test/export/keras/files';

interface Expected {
  readonly inputs: readonly { dims: number[]; values: number[] }[];
  readonly outputs: readonly { dims: number[]; values: number[] }[];
}

/** Why TensorFlow.js is not asked about these. */
const reasons: ReadonlyMap<string, RegExp> = new Map([
  ['recurrent', /^TensorFlow\.js knows no reset_after \("gru", GRU\)$/],
]);

const files = (await readdir(folder)).filter(
  (name) => /\.(h5|keras)$/.test(name) && !/^(only|plain|dense-links|custom)\./.test(name),
);

// TensorFlow.js says of every initial state that it keeps it among the inputs.
vi.spyOn(console, 'warn').mockImplementation(() => {});

async function load(model: LayersModel) {
  const found = tensorflowFiles(model);
  if (!('files' in found)) throw new Error(found.reason);
  const { json, weights } = found.files;
  const { modelTopology, weightsManifest } = json as {
    modelTopology: object;
    weightsManifest: [{ weights: import('@tensorflow/tfjs').io.WeightsManifestEntry[] }];
  };
  const weightData = new Uint8Array(weights).buffer;
  return tf.loadLayersModel({
    load: async () => ({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData }),
  });
}

describe('a Keras file as TensorFlow.js takes it', () => {
  it.each(files)('%s predicts there what Keras predicts, or it is said why not', async (name) => {
    const { model } = await readModelFile(join(folder, name));
    const reason = reasons.get(name.split('.')[0]!);
    if (reason) {
      expect(tensorflowFiles(model)).toEqual({ reason: expect.stringMatching(reason) });
      return;
    }
    const { inputs, outputs }: Expected = JSON.parse(
      await readFile(join(folder, name.replace(/\..*$/, '.expected')), 'utf8'),
    );
    const loaded = await load(model);
    const given = inputs.map(({ dims, values }) => tf.tensor(values, dims));
    const actual = [loaded.predict(given)].flat() as Tensor[];
    for (const [i, { values }] of outputs.entries()) {
      const difference = relativeDifference(actual[i]!.dataSync<'float32'>(), Float32Array.from(values));
      expect(difference).toBeLessThan(name.startsWith('half') ? 1e-3 : 1e-5);
    }
    loaded.dispose();
  });

  it('knows the classes that TensorFlow.js has', () => {
    const isLayer = (made: unknown): boolean =>
      made === tf.layers.Layer || (typeof made === 'function' && isLayer(Object.getPrototypeOf(made)));
    const theirs = Object.entries(tf.serialization.SerializationMap.getMap().classNameMap)
      .filter(([, [made]]) => isLayer(made))
      .map(([name]) => name);
    expect([...tensorflowClasses].sort()).toEqual(theirs.sort());
  });
});
