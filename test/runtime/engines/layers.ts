import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importPeer } from 'onward/machine';
import { afterAll } from 'vitest';
import { channels, filters, labels, side, type Weights } from './models.js';

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

/** The layers model of the same weights, saved by TensorFlow.js itself, its weights in two shards. */
export async function saveLayersModel(w: Weights, activation: 'softmax' | 'linear' = 'softmax'): Promise<string> {
  const tf = await importPeer('@tensorflow/tfjs');
  const folder = await mkdtemp(join(tmpdir(), 'onward-layers-'));
  folders.push(folder);
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [side, side, channels],
        filters,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
      }),
      tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }),
      tf.layers.dense({ units: labels.length, activation }),
    ],
  });
  model.setWeights([
    tf.tensor(w.kernel, [3, 3, channels, filters]),
    tf.tensor(w.bias),
    tf.tensor(w.dense, [filters, labels.length]),
    tf.tensor(w.denseBias),
  ]);
  const handler = tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
    const bytes = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
    const half = bytes.length / 2;
    await writeFile(join(folder, 'group1-shard1of2.bin'), bytes.subarray(0, half));
    await writeFile(join(folder, 'group1-shard2of2.bin'), bytes.subarray(half));
    const paths = ['group1-shard1of2.bin', 'group1-shard2of2.bin'];
    const manifest = { modelTopology, weightsManifest: [{ paths, weights: weightSpecs }] };
    await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const } };
  });
  await model.save(handler);
  model.dispose();
  return folder;
}
