import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { random } from 'onward/common';
import { memoryDataset, type Split } from 'onward/data';
import { readModelJson, readRun } from 'onward/export';
import { loadTensorFlow, probeTensorFlow } from 'onward/machine';
import { decodeGolden, runSchema } from 'onward/model';
import { type ChosenBackend, chooseBackend, freeRunPath, recipeByName, type TrainProgress, train } from 'onward/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stripesSplit } from './datasets.js';

let folder: string;
let backend: ChosenBackend;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-train-'));
  backend = await chooseBackend();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const split = stripesSplit(300);
const recipe = recipeByName('small-cnn');
/** Trains for a moment; whatever a test does not say is this. */
const quick = async (name: string, options: Partial<Parameters<typeof train>[1]> = {}) =>
  train(split, { recipe, backend, out: join(folder, name), epochs: 3, batchSize: 16, version: '0.0.0', ...options });

const contentOf = (run: string) =>
  Promise.all(
    ['model/model.json', 'model/weights.bin', 'model/golden.json'].map((file) => readFile(join(folder, run, file))),
  );

describe('a training', () => {
  it('learns, and leaves a whole run folder', async () => {
    const events: TrainProgress[] = [];
    const run = await quick('whole', { epochs: 5, onProgress: (event) => events.push(event) });

    expect(run.info.metrics.test_accuracy).toBeGreaterThan(0.9);
    expect(run.history).toHaveLength(5);
    expect(run.history[4]!.loss).toBeLessThan(run.history[0]!.loss);

    expect((await readdir(run.path)).sort()).toEqual(['checkpoint', 'history.csv', 'model', 'report', 'run.json']);
    const info = runSchema.parse(JSON.parse(await readFile(join(run.path, 'run.json'), 'utf8')));
    expect(info).toMatchObject({
      recipe: 'small-cnn',
      seed: 1,
      backend: backend.backend,
      interrupted: false,
      epochsDone: 5,
    });
    expect(info.dataset).toMatchObject({ digest: split.train.digest, train: 180, val: 60, test: 60 });

    const lines = (await readFile(join(run.path, 'history.csv'), 'utf8')).trim().split('\n');
    expect(lines[0]).toBe('epoch,loss,accuracy,val_loss,val_accuracy,seconds,learning_rate');
    expect(lines).toHaveLength(6);

    expect(events[0]).toMatchObject({ kind: 'start', steps: 12 });
    expect(events.filter((event) => event.kind === 'step')).toHaveLength(60);
    expect(events.filter((event) => event.kind === 'epoch' && event.best).length).toBeGreaterThan(0);
  });

  it('writes weights that TensorFlow.js loads, and golden samples that it computed with them', async () => {
    const { run, golden, model } = await readRun(join(folder, 'whole'));
    const { tf } = await loadTensorFlow(backend.backend);
    const json = model.json as { modelTopology: object; weightsManifest: { weights: never[] }[] };
    const loaded = await tf.loadLayersModel({
      load: async () => ({
        modelTopology: json.modelTopology,
        weightSpecs: json.weightsManifest[0]!.weights,
        weightData: new Uint8Array(model.weights).buffer,
      }),
    });
    expect(readModelJson(model).layers).toHaveLength(loaded.layers.length);
    const samples = decodeGolden(golden.real, run.input, run.labels.length);
    expect(samples.count).toBeGreaterThanOrEqual(16);
    const { images: validated, classes, confidence } = golden.predictions!;
    expect(validated).toBe(run.dataset.val);
    for (const counts of [classes, confidence]) expect(counts.reduce((a, b) => a + b)).toBe(validated);
    const images = tf.tensor4d(
      Float32Array.from(samples.images, (v) => v / 127.5 - 1),
      [samples.count, 12, 12, 1],
    );
    const got = (loaded.predict(images) as import('@tensorflow/tfjs').Tensor).dataSync<'float32'>();
    expect(Math.max(...got.map((p, i) => Math.abs(p - samples.probabilities[i]!)))).toBeLessThan(1e-6);
  });

  it('gives the same bytes for the same seed and others for another', async () => {
    await quick('first', { seed: 7 });
    await quick('again', { seed: 7 });
    await quick('other', { seed: 8 });
    expect(await contentOf('again')).toEqual(await contentOf('first'));
    expect((await contentOf('other'))[1]).not.toEqual((await contentOf('first'))[1]);
  });

  it('trains on the WASM backend', async () => {
    if (!(await probeTensorFlow('wasm')).available) throw new Error('the WASM backend ought to be everywhere');
    const run = await quick('wasm', { backend: await chooseBackend('wasm'), epochs: 2 });
    expect(run.info.backend).toBe('wasm');
    expect(run.history[1]!.loss).toBeLessThan(run.history[0]!.loss);
    await chooseBackend(backend.backend);
  });
});

describe('a training that is stopped', () => {
  it('keeps what it has: the run is whole, says so, and can be read', async () => {
    const controller = new AbortController();
    const run = await quick('stopped', {
      epochs: 50,
      signal: controller.signal,
      onProgress: (event) => {
        if (event.kind === 'step' && event.epoch === 2 && event.step === 3) controller.abort();
      },
    });
    expect(run.info).toMatchObject({ interrupted: true, epochsDone: 1, epochs: 50 });
    expect(run.info.metrics.test_accuracy).toBeUndefined();
    const { model } = await readRun(run.path);
    expect(readModelJson(model).layers.length).toBeGreaterThan(5);
  });

  it('before its first step has nothing to keep, says that, and leaves no folder', async () => {
    await expect(quick('nothing', { signal: AbortSignal.abort() })).rejects.toMatchObject({ kind: 'interrupted' });
    expect(await readdir(folder)).not.toContain('nothing');
  });
});

describe('a dataset that is', () => {
  /** Images of one shape, `counts` of them to train, validate and test, with every class among each where there is room. */
  const made = (side: [height: number, width: number], classes: number, counts: [number, number, number]): Split => {
    const [height, width] = side;
    const parts = counts.map((count, part) => {
      const stream = random('made', part);
      return memoryDataset({
        name: 'made',
        spec: { width, height, channels: 1, fit: 'contain', background: [0, 0, 0] },
        classes: Array.from({ length: classes }, (_, c) => `class ${c}`),
        labels: Array.from({ length: count }, (_, i) => i % classes),
        pixels: Uint8Array.from({ length: count * width * height }, () => stream.below(256)),
      });
    });
    return { train: parts[0]!, val: parts[1]!, test: parts[2]! };
  };

  it.each([
    ['small: one image to validate on, one alone in the last batch', made([8, 8], 2, [17, 1, 1])],
    ['tiny: one image in every batch', made([1, 1], 2, [2, 1, 0])],
    ['of images of three by five pixels', made([3, 5], 2, [20, 4, 4])],
    ['of very wide images', made([4, 300], 2, [20, 4, 4])],
    ['of 300 classes', made([8, 8], 300, [600, 300, 300])],
  ])('%s', async (name, small) => {
    const out = join(folder, name.replaceAll(/\W/g, '-'));
    const batchSize = Math.min(16, Math.floor(small.train.length / 2));
    const { history } = await train(small, { recipe, backend, out, epochs: 1, batchSize, version: '0.0.0' });
    expect(history[0]!.loss).toBeGreaterThan(0);
    expect(Number.isFinite(history[0]!.val_loss)).toBe(true);
    const { golden, run } = await readRun(out);
    const samples = decodeGolden(golden.real, run.input, run.labels.length);
    for (const p of samples.probabilities) expect(p).toBeGreaterThanOrEqual(0);
    // Every class among them.
    expect(samples.count).toBeGreaterThanOrEqual(Math.min(small.train.classes.length, small.train.length));
  });
});

describe('what it refuses', () => {
  it('a folder in which another training has just begun', async () => {
    const both = await Promise.allSettled([quick('race', { epochs: 1 }), quick('race', { epochs: 1 })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = both.find((result) => result.status === 'rejected')!;
    expect(refused.reason).toMatchObject({ kind: 'input', message: expect.stringContaining('never overwritten') });
    await readRun(join(folder, 'race'));
  });

  it('a folder that holds something already, which stays as it was', async () => {
    const out = join(folder, 'taken');
    await mkdir(out);
    await writeFile(join(out, 'mine.txt'), 'precious');
    await expect(quick('taken')).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringContaining('never overwritten'),
    });
    expect(await readdir(out)).toEqual(['mine.txt']);
    expect(await freeRunPath(out)).toBe(`${out}-2`);
  });

  it('no epochs, a seed that is no number, images missing to validate on', async () => {
    await expect(quick('a', { epochs: 0 })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('epochs'),
    });
    await expect(quick('b', { seed: 0.5 })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('seed'),
    });
    await expect(quick('c', { batchSize: -1 })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('batch size'),
    });
    expect(() => recipeByName('smal-cnn')).toThrow(/did you mean small-cnn/);
  });
});
