import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LayersModel as TfModel } from '@tensorflow/tfjs';
import { random } from 'onward/common';
import { engineByName, maxAbsDiff, openSession } from 'onward/engines';
import { exportClassifier } from 'onward/export';
import { encodeGolden, loadModel, preprocess } from 'onward/model';
import { recipes } from 'onward/train';
import { afterAll, describe, expect, it } from 'vitest';
import { optionsFor, preprocessing } from './classifiers.js';
import { layersOf, runLayers, tf, withWeights } from './networks.js';
import { inPython, skipsPython } from './python.js';

const folder = await mkdtemp(join(tmpdir(), 'onward-peers-'));
afterAll(() => rm(folder, { recursive: true }));

/** A model as a file on disk, with golden samples that TensorFlow.js computed. */
async function write(name: string, model: TfModel) {
  const options = optionsFor(model);
  const { width, height, channels } = options.input;
  const stream = random(name);
  const images = Uint8Array.from({ length: 16 * width * height * channels }, () => stream.below(256));
  const probabilities = runLayers(model, preprocess(images, preprocessing, [height, width, 3]), [
    16,
    height,
    width,
    channels,
  ]);
  const golden = encodeGolden({ kind: 'noise', count: 16, images, probabilities }, options.input);
  const bytes = exportClassifier(await layersOf(model), { ...options, golden });
  const [path, raw] = [join(folder, `${name}.onnx`), join(folder, `${name}.raw`)];
  await Promise.all([writeFile(path, bytes), writeFile(raw, images)]);
  return { path, raw, images, model: loadModel(bytes, { name }) };
}

const mixed = () =>
  withWeights(
    tf.sequential({
      layers: [
        tf.layers.conv2d({ inputShape: [12, 11, 3], filters: 6, kernelSize: 3, activation: 'relu6', padding: 'same' }),
        tf.layers.batchNormalization(),
        tf.layers.separableConv2d({ filters: 8, kernelSize: 3, activation: 'elu' }),
        tf.layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
        tf.layers.flatten(),
        tf.layers.batchNormalization(),
        tf.layers.dense({ units: 5, activation: 'hardSigmoid' }),
        tf.layers.dense({ units: 3, activation: 'softmax' }),
      ],
    }),
  );

const models: [string, () => TfModel][] = [
  ...recipes.map(({ name, build }): [string, () => TfModel] => [
    name,
    () => withWeights(build(tf, { shape: [28, 28, 1], classes: 10, seed: 1 })),
  ]),
  ['mixed', mixed],
];

describe.skipIf(skipsPython)('an exported file in Python', () => {
  it.each(models)('%s is valid ONNX, and predicts the same', { timeout: 120_000 }, async (name, build) => {
    const { path, raw, images, model } = await write(name, build());
    const answer = JSON.parse(await inPython('test/export/peers.py', path, raw)) as { probabilities: number[] };
    const session = await openSession(engineByName('ort-cpu'), model);
    const ours = await session.predict(images, 16);
    await session.close();
    const { maxAbsDiff: difference } = maxAbsDiff(Float32Array.from(answer.probabilities), ours, model.labels.length);
    console.log(`peers: ${name}: max |Δp| ${difference}`);
    expect(difference).toBeLessThanOrEqual(1e-6);
  });
});
