import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { random } from 'onward/common';
import { engineByName, maxAbsDiff, openSession } from 'onward/engines';
import { exportRun, type RunFiles, readRun } from 'onward/export';
import { encodeGolden, loadModel, loadModelFile, preprocess, type RunInfo } from 'onward/model';
import { recipeByName } from 'onward/train';
import { describe, expect, it } from 'vitest';
import { saveLayersModel } from '#onward/train/layers-format.js';
import { filesOf, runLayers, tf, withWeights } from './networks.js';

const recipe = recipeByName('small-cnn');
const steps = recipe.preprocessing([12, 12, 1]);
const input = {
  width: 12,
  height: 12,
  channels: 1 as const,
  fit: 'contain' as const,
  background: [0, 0, 0] as [0, 0, 0],
};
const model = withWeights(recipe.build(tf, { shape: [12, 12, 1], classes: 3, seed: 1 }));

const run: RunInfo = {
  format: 1,
  recipe: recipe.name,
  seed: 1,
  backend: 'native',
  device: 'CPU (2 threads)',
  epochs: 3,
  epochsDone: 3,
  bestEpoch: 2,
  interrupted: false,
  batchSize: 64,
  labels: ['one', 'two', 'three'],
  input,
  preprocessing: [...steps],
  augmentation: [{ name: 'invert', probability: 0.5 }],
  dataset: { name: 'digits', digest: 'd1e5', train: 80, val: 10, test: 10 },
  split: { seed: 1, val: 0.1, test: 0.1 },
  parameters: { total: 1234, trainable: 1200 },
  metrics: { val_accuracy: 0.9 },
  versions: { onward: '0.1.0' },
  seconds: 12.5,
};

function goldenOf(kind: 'real' | 'noise') {
  const stream = random(kind);
  const images = Uint8Array.from({ length: 16 * 144 }, () => stream.below(256));
  const probabilities = runLayers(model, preprocess(images, steps, [12, 12, 1]), [16, 12, 12, 1]);
  return encodeGolden({ kind, count: 16, images, probabilities }, input);
}
const files: RunFiles = {
  run,
  golden: { real: goldenOf('real'), noise: goldenOf('noise') },
  model: await filesOf(model),
};
const load = (golden?: 'real' | 'noise' | 'none') =>
  loadModel(exportRun(files, { producerVersion: '0.1.0', ...(golden && { golden }) }), { name: 'run.onnx' });

describe('exportRun', () => {
  it('carries what the run says, and passes its own samples', async () => {
    const loaded = load();
    expect(loaded).toMatchObject({ labels: run.labels, input, guesses: [] });
    expect(loaded.provenance).toEqual({
      recipe: 'small-cnn',
      seed: 1,
      backend: 'native',
      dataset: { name: 'digits', digest: 'd1e5', images: 100 },
      metrics: { val_accuracy: 0.9 },
      parameters: 1234,
      preprocessing: steps,
      augmentation: run.augmentation,
      split: run.split,
      versions: { onward: '0.1.0' },
    });
    const predictions = { images: 3, classes: [2, 1], confidence: [0, 0, 0, 0, 0, 1, 0, 0, 0, 2] };
    const more = exportRun({ ...files, golden: { ...files.golden, predictions } }, { golden: 'none' });
    expect(loadModel(more, { name: 'run.onnx' }).provenance.predictions).toEqual(predictions);
    const session = await openSession(engineByName('ort-cpu'), loaded);
    expect(session.selfTest).toMatchObject({ images: 16, passed: true });
    await session.close();
  });

  it.each(['real', 'noise'] as const)('carries %s samples when it is told to', (kind) => {
    expect(load(kind).golden?.kind).toBe(kind);
  });

  it('carries no samples, and no trace of one, when it is told to', () => {
    expect(load('none').golden).toBeUndefined();
    const text = Buffer.from(load('none').bytes).toString('latin1');
    expect(text).not.toContain('onward.golden');
    expect(text).not.toContain(files.golden.real.images.slice(0, 40));
    expect(Buffer.from(load('noise').bytes).toString('latin1')).not.toContain(files.golden.real.images.slice(60, 100));
  });

  it('gives the same bytes for the same training, however long it took and on which device', () => {
    const again: RunFiles = { ...files, run: { ...run, seconds: 99, device: 'CPU (64 threads)' } };
    const bytes = exportRun(again, { producerVersion: '0.1.0' });
    expect(Buffer.compare(bytes, load().bytes)).toBe(0);
  });

  it.each([
    ['an older opset, every layer as it is', { opset: 13, optimize: 'none' as const }, 1e-6],
    ['a batch of four', { batch: 4 }, 1e-6],
    [
      'a batch of four in float16, with an embedding',
      { batch: 4, dtype: 'float16' as const, outputs: ['embedding'] },
      1e-2,
    ],
  ])('predicts the same any number of images with %s', async (_, options, most) => {
    const loaded = loadModel(exportRun(files, { producerVersion: '0.1.0', ...options }), { name: 'run.onnx' });
    const session = await openSession(engineByName('ort-cpu'), loaded);
    expect(session.selfTest!.maxAbsDiff).toBeLessThanOrEqual(most);
    const stream = random('any number');
    for (const count of [1, 4, 11]) {
      const images = Uint8Array.from({ length: count * 144 }, () => stream.below(256));
      const expected = runLayers(model, preprocess(images, steps, [12, 12, 1]), [count, 12, 12, 1]);
      const actual = await session.predict(images, count);
      expect(maxAbsDiff(actual, expected, 3).maxAbsDiff).toBeLessThanOrEqual(most);
    }
    await session.close();
  });

  it('reads a run from disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onward-run-'));
    await writeFile(join(folder, 'run.json'), JSON.stringify(run));
    await mkdir(join(folder, 'model'));
    await writeFile(join(folder, 'model', 'golden.json'), JSON.stringify(files.golden));
    await saveLayersModel(tf, model, join(folder, 'model'));
    const bytes = exportRun(await readRun(folder), { producerVersion: '0.1.0' });
    expect(Buffer.compare(bytes, load().bytes)).toBe(0);
    await writeFile(join(folder, 'model.onnx'), bytes);
    expect(await loadModelFile(join(folder, 'model.onnx'))).toMatchObject({ layersModel: join(folder, 'model') });
    await rm(folder, { recursive: true });
  });
});
