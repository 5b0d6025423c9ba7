import { copyFile, cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryDataset, type Split } from 'onward/data';
import { type ChosenBackend, chooseBackend, type Recipe, recipeByName, type TrainProgress, train } from 'onward/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stripesSplit } from './datasets.js';

let folder: string;
let backend: ChosenBackend;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-resume-'));
  backend = await chooseBackend();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const split = stripesSplit(120);

/** A network with everything that has a memory or draws numbers: batch norm, dropout, averaged weights, mixup. */
const recipe: Recipe = {
  ...recipeByName('small-cnn'),
  name: 'with-memory',
  weightAverage: 0.9,
  mixup: 0.2,
  weightDecay: 0.01,
  clipNorm: 1,
  build(tf, { shape, classes, seed }) {
    const layers = [
      tf.layers.conv2d({
        ...{ name: 'conv', filters: 4, kernelSize: 3, inputShape: [...shape] },
        kernelInitializer: tf.initializers.heNormal({ seed }),
      }),
      tf.layers.batchNormalization({ name: 'norm' }),
      tf.layers.dropout({ name: 'dropout', rate: 0.3 }),
      tf.layers.flatten({ name: 'flat' }),
      tf.layers.dense({
        name: 'logits',
        units: classes,
        kernelInitializer: tf.initializers.heNormal({ seed: seed + 1 }),
      }),
      tf.layers.activation({ name: 'probabilities', activation: 'softmax' }),
    ];
    return tf.sequential({ name: 'with_memory', layers });
  },
};

const quick = (name: string, options: Partial<Parameters<typeof train>[1]> = {}, images: Split = split) =>
  train(images, { recipe, backend, out: join(folder, name), epochs: 4, batchSize: 16, version: '0.0.0', ...options });

const files = ['model/model.json', 'model/weights.bin', 'model/golden.json', 'checkpoint/state.safetensors'];
const bytesOf = (name: string) => Promise.all(files.slice(0, 3).map((file) => readFile(join(folder, name, file))));
/** history.csv but for its seconds, which no two trainings share. */
const historyOf = async (name: string) =>
  (await readFile(join(folder, name, 'history.csv'), 'utf8'))
    .split('\n')
    .map((line) => line.split(',').toSpliced(5, 1));

/** Stops a training after a step of an epoch, by Ctrl-C. */
async function interrupt(name: string, epoch: number, step: number, options: Parameters<typeof quick>[1] = {}) {
  const controller = new AbortController();
  return quick(name, {
    ...options,
    signal: controller.signal,
    onProgress: (event) => {
      if (event.kind === 'step' && event.epoch === epoch && event.step === step) controller.abort();
    },
  });
}

describe('a training that goes on', () => {
  beforeAll(() => quick('whole'));

  it.each([
    ['in its first epoch', [1, 2]],
    ['within an epoch', [3, 2]],
    ['after the last step of an epoch', [2, 5]],
    ['before its last step', [4, 4]],
  ] as const)('ends as one that never stopped: interrupted %s', async (where, [epoch, step]) => {
    const name = where.replaceAll(' ', '-');
    const stopped = await interrupt(name, epoch, step);
    expect(stopped.info).toMatchObject({ interrupted: true, epochsDone: epoch - (step === 5 ? 0 : 1) });
    const events: TrainProgress[] = [];
    const run = await quick(name, { resume: true, onProgress: (event) => events.push(event) });
    expect(run).toMatchObject({ outcome: 'resumed', info: { interrupted: false, epochsDone: 4 } });
    expect(events.find((event) => event.kind === 'resumed')).toMatchObject(
      step === 5 ? { epoch: epoch + 1, step: 0 } : { epoch, step },
    );
    // What was done is not done again.
    expect(events.filter((event) => event.kind === 'step')).toHaveLength(20 - (epoch - 1) * 5 - step);
    expect(await bytesOf(name)).toEqual(await bytesOf('whole'));
    expect(await historyOf(name)).toEqual(await historyOf('whole'));
    expect(run.info.metrics).toEqual(JSON.parse(await readFile(join(folder, 'whole', 'run.json'), 'utf8')).metrics);
  });

  it('many times over, with checkpoints of steps, on the WASM backend too', async () => {
    const wasm = await chooseBackend('wasm');
    const options = { backend: wasm, epochs: 2 } as const;
    await quick('wasm-whole', options);
    for (let step = 1; step <= 4; step++) {
      await interrupt('wasm', 1, step, { ...options, resume: true, checkpointMinutes: 1e-9 });
    }
    await quick('wasm', { ...options, resume: true });
    expect(await bytesOf('wasm')).toEqual(await bytesOf('wasm-whole'));
    await chooseBackend(backend.backend);
  });

  it('also when it was killed after a checkpoint and before it had written the best weights', async () => {
    for (const before of ['nothing', 'those of an epoch before']) {
      const name = `killed-${before.length}`;
      await interrupt(name, 1, 5);
      const model = join(folder, name, 'model');
      if (before === 'nothing') await rm(model, { recursive: true });
      else await writeFile(join(model, 'epoch.json'), JSON.stringify({ epoch: 0 }));
      // What it was about to rename.
      await cp(join(folder, 'whole', 'model'), `${model}.12345.partial`, { recursive: true });
      await quick(name, { resume: true });
      expect(await bytesOf(name)).toEqual(await bytesOf('whole'));
      expect((await readdir(join(folder, name))).sort()).toEqual([
        'checkpoint',
        'history.csv',
        'model',
        'report',
        'run.json',
      ]);
    }
  });

  it('also when it was killed after its last checkpoint and before it had finished', async () => {
    expect((await interrupt('late', 4, 5)).info).toMatchObject({ interrupted: true, epochsDone: 4 });
    const history = join(folder, 'late', 'history.csv');
    const lines = (await readFile(history, 'utf8')).trim().split('\n');
    await writeFile(history, `${lines.slice(0, -1).join('\n')}\n`);
    const run = await quick('late', { resume: true });
    expect(run.info.metrics.test_accuracy).toBeDefined();
    expect(await bytesOf('late')).toEqual(await bytesOf('whole'));
    expect(await historyOf('late')).toEqual(await historyOf('whole'));
  });

  it('but not with best weights that are not its own', async () => {
    await interrupt('foreign', 2, 1);
    await rm(join(folder, 'foreign', 'model'), { recursive: true });
    await expect(quick('foreign', { resume: true })).rejects.toThrow(
      /does not hold the best weights so far, of epoch 1/,
    );
  });

  it('begins where there is nothing to go on with', async () => {
    expect(await quick('nothing-yet', { resume: true, epochs: 1 })).toMatchObject({ outcome: 'trained' });
  });
});

describe('a checkpoint', () => {
  beforeAll(() => interrupt('part', 2, 2));
  const refused = async (options: Parameters<typeof quick>[1], images?: Split) => {
    const before = await readFile(join(folder, 'part', files[3]!));
    const error = await quick('part', { resume: true, ...options }, images).then(
      () => undefined,
      (reason) => reason,
    );
    expect(error).toMatchObject({ kind: 'input' });
    expect(await readFile(join(folder, 'part', files[3]!))).toEqual(before);
    return error.message as string;
  };

  it('of another recipe, seed or setting is refused in one sentence', async () => {
    const other = recipeByName('small-cnn');
    expect(await refused({ recipe: other })).toContain('is of recipe with-memory, and small-cnn was asked for');
    expect(await refused({ seed: 2 })).toContain('is of seed 1, and 2 was asked for');
    expect(await refused({ epochs: 9 })).toContain('is of epochs 4, and 9 was asked for');
    expect(await refused({ settings: { learningRate: 0.5 } })).toContain('learningRate');
    expect(await refused({ freeze: ['conv'] })).toContain('frozen layers');
  });

  it('of a dataset that has changed is refused', async () => {
    const { train: images } = split;
    const pixels = await images.batch(Array.from({ length: images.length }, (_, i) => i));
    const { name, spec, classes } = images;
    const changed = (edit: (pixels: Uint8Array, labels: number[]) => unknown): Split => {
      const copy = { pixels: pixels.slice(), labels: [...images.labels] };
      edit(copy.pixels, copy.labels);
      return { ...split, train: memoryDataset({ name, spec, classes, ...copy }) };
    };
    await quick(
      'same-images',
      { epochs: 1 },
      changed(() => {}),
    );
    const edits = [
      (bytes: Uint8Array) => bytes.fill(9, 7, 8),
      (_: Uint8Array, labels: number[]) => labels.splice(3, 1, (labels[3]! + 1) % 3),
    ];
    for (const edit of edits) {
      expect(await refused({}, changed(edit))).toContain('the dataset is not as it was');
    }
  });

  it('that is damaged is refused, and the best weights are still there to begin with', async () => {
    const path = join(folder, 'part', files[3]!);
    await copyFile(path, join(folder, 'kept'));
    const { length } = await readFile(path);
    for (const size of [0, 5, 100, length - 4]) {
      await copyFile(join(folder, 'kept'), path);
      await truncate(path, size);
      await expect(quick('part', { resume: true })).rejects.toMatchObject({
        kind: 'input',
        message: expect.stringMatching(/is no checkpoint to go on from: .*--from/),
      });
    }
    await copyFile(join(folder, 'kept'), path);
  });

  it('that a process is training from is left alone', async () => {
    const lock = join(folder, 'part', 'training.lock');
    const { hostname } = await import('node:os');
    await writeFile(lock, `${process.ppid}@${hostname()}`);
    expect(await refused({})).toContain(`being trained by process ${process.ppid}`);
    // One that is gone holds nothing.
    await writeFile(lock, `999999999@${hostname()}`);
    expect(await quick('part', { resume: true })).toMatchObject({ outcome: 'resumed' });
  });
});

describe('a training that was done already', () => {
  beforeAll(() => quick('done', { epochs: 1 }));

  it('is loaded, not trained again', async () => {
    const before = await readFile(join(folder, 'done', 'run.json'), 'utf8');
    const events: TrainProgress[] = [];
    const run = await quick('done', { epochs: 1, onProgress: (event) => events.push(event) });
    expect(events).toEqual([{ kind: 'loaded', path: run.path }]);
    expect(run).toMatchObject({ outcome: 'loaded', info: JSON.parse(before), history: [{ epoch: 1 }] });
    expect(await readFile(join(folder, 'done', 'run.json'), 'utf8')).toBe(before);
  });

  it('is trained again where anything differs: beside it, or not at all', async () => {
    await expect(quick('done', { epochs: 1, seed: 2 })).rejects.toThrow(/never overwritten/);
    await expect(quick('done', { epochs: 1, version: '0.0.1' })).rejects.toThrow(/never overwritten/);
    const beside = await quick('done', { epochs: 1, seed: 2, numbered: true });
    expect(beside).toMatchObject({ path: join(folder, 'done-2'), outcome: 'trained' });
    expect(await quick('done', { epochs: 1, seed: 2, numbered: true })).toMatchObject({
      ...{ path: join(folder, 'done-2'), outcome: 'loaded' },
    });
  });

  it('keeps no weights to go on with, and says so where versions differ', async () => {
    expect((await stat(join(folder, 'done', files[3]!))).size).toBeLessThan(10_000);
    await expect(quick('done', { epochs: 1, version: '0.0.1', resume: true })).rejects.toThrow(
      /finished with another version of onward or TensorFlow; --force trains it anew/,
    );
  });

  it('is trained again when that is asked for', async () => {
    expect(await quick('done', { epochs: 1, force: true })).toMatchObject({ outcome: 'trained' });
    await writeFile(join(folder, 'mine.txt'), 'precious');
    await expect(quick('.', { force: true })).rejects.toThrow(/never overwritten/);
  });

  it('but interrupted is pointed out', async () => {
    await interrupt('begun', 2, 1);
    await expect(quick('begun')).rejects.toThrow(/this training, interrupted in epoch 2; --resume .* goes on with it/);
    const events: TrainProgress[] = [];
    const run = await quick('begun', { numbered: true, onProgress: (event) => events.push(event) });
    expect(run.path).toBe(join(folder, 'begun-2'));
    expect(events[0]).toEqual({ kind: 'unfinished', path: join(folder, 'begun') });
    expect(await quick('begun', { numbered: true, resume: true })).toMatchObject({
      ...{ path: join(folder, 'begun'), outcome: 'resumed' },
    });
  });
});
