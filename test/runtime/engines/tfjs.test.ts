import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { engineByName, maxAbsDiff, openSession } from 'onward/engines';
import { importPeer } from 'onward/machine';
import { beforeAll, describe, expect, it } from 'vitest';
import { saveLayersModel } from './layers.js';
import { imagesOf, labels, modelOf, reference, size, weightsOf } from './models.js';

const native = engineByName('tfjs-native');
const wasm = engineByName('tfjs-wasm');
const both = (await native.probe()).available && (await wasm.probe()).available;
const hasWasm = (await wasm.probe()).available;
const weights = weightsOf(1);

describe('the layers model in TensorFlow.js', () => {
  let layersModel: string;
  beforeAll(async () => {
    layersModel = await saveLayersModel(weights);
  });

  it.skipIf(!both)('runs in two backends at once, and leaves the one that was there', async () => {
    const tf = await importPeer('@tensorflow/tfjs');
    const sessions = [
      await openSession(native, { ...modelOf(), layersModel }),
      await openSession(wasm, { ...modelOf(), layersModel }),
    ];
    const images = imagesOf(21, 6);
    const expected = reference(weights, images, 6);
    for (const backend of ['tensorflow', 'wasm']) {
      await tf.setBackend(backend);
      const answers = await Promise.all(
        [0, 1, 2, 3, 4, 5].map((n) => sessions[n % 2]!.predict(images.subarray(n * size, (n + 1) * size), 1)),
      );
      const all = Float32Array.from(answers.flatMap((answer) => [...answer]));
      expect(maxAbsDiff(all, expected, labels.length).maxAbsDiff).toBeLessThanOrEqual(1e-5);
      expect(tf.getBackend()).toBe(backend);
    }
    await Promise.all(sessions.map((session) => session.close()));
  });

  it.skipIf(!hasWasm)('keeps no tensors, neither of batches nor of a session that was closed', async () => {
    const tf = await importPeer('@tensorflow/tfjs');
    const before = tf.memory().numTensors;
    const session = await openSession(wasm, { ...modelOf(), layersModel });
    const opened = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) await session.predict(imagesOf(22, 4), 4);
    expect(tf.memory().numTensors).toBe(opened);
    await session.close();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.skipIf(!hasWasm)('is refused in one sentence where its files are damaged', async () => {
    const open = (folder: string) => wasm.open({ ...modelOf(), layersModel: folder });
    const short = await saveLayersModel(weights);
    await truncate(join(short, 'group1-shard2of2.bin'), 12);
    await expect(open(short)).rejects.toMatchObject({ name: 'OnwardError', kind: 'input' });

    const without = await saveLayersModel(weights);
    await rm(join(without, 'group1-shard1of2.bin'));
    await expect(open(without)).rejects.toThrow('group1-shard1of2.bin cannot be read');

    const noJson = await saveLayersModel(weights);
    await writeFile(join(noJson, 'model.json'), (await readFile(join(noJson, 'model.json'))).subarray(0, 40));
    await expect(open(noJson)).rejects.toThrow('is not JSON');
  });
});
