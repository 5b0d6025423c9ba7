import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { random } from 'onward/common';
import { memoryDataset, type Split } from 'onward/data';
import { readRun } from 'onward/export';
import { runSchema } from 'onward/model';
import { type ChosenBackend, chooseBackend, type Recipe, recipeByName, type TrainProgress, train } from 'onward/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { network } from '#onward/train/network.js';
import { readWeights } from '#onward/train/weights-file.js';
import { stripesSplit } from './datasets.js';

let folder: string;
let backend: ChosenBackend;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-loop-'));
  backend = await chooseBackend();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const split = stripesSplit(120);

/** Two dense layers: a training of an instant. */
const tiny: Recipe = {
  ...recipeByName('small-cnn'),
  name: 'tiny',
  labelSmoothing: 0,
  augmentation: () => [],
  learningRate: () => 3e-3,
  build(tf, { shape, classes, seed }) {
    const dense = (name: string, units: number, offset: number) =>
      tf.layers.dense({ name, units, kernelInitializer: tf.initializers.glorotUniform({ seed: seed + offset }) });
    const layers = [
      tf.layers.flatten({ name: 'flat', inputShape: [...shape] }),
      dense('hidden', 8, 0),
      tf.layers.batchNormalization({ name: 'norm' }),
      dense('logits', classes, 1),
      tf.layers.activation({ name: 'probabilities', activation: 'softmax' }),
    ];
    return tf.sequential({ name: 'tiny', layers });
  },
};
const quick = (name: string, options: Partial<Parameters<typeof train>[1]> = {}, images: Split = split) =>
  train(images, {
    recipe: tiny,
    backend,
    out: join(folder, name),
    epochs: 3,
    batchSize: 24,
    version: '0.0.0',
    ...options,
  });
const weightsOf = (name: string) => readWeights(join(folder, name, 'model'));

describe('early stopping', () => {
  it('ends after as many epochs without a smaller loss as there is patience, and keeps the best weights', async () => {
    // With a step this large the loss soon goes up and down.
    const run = await quick('early', { epochs: 60, settings: { learningRate: 0.3, patience: 3 } });
    const losses = run.history.map((row) => row.val_loss);
    const best = losses.indexOf(Math.min(...losses));
    expect(run.info).toMatchObject({ stopped: 'early', interrupted: false, bestEpoch: best + 1 });
    expect(losses.length).toBe(best + 4);
    expect(losses.length).toBeLessThan(60);
    // A whole one: it is loaded, not resumed.
    expect(await quick('early', { epochs: 60, settings: { learningRate: 0.3, patience: 3 } })).toMatchObject({
      outcome: 'loaded',
    });
  });

  it('counts a loss that is smaller by less than minDelta as none', async () => {
    const run = await quick('delta', { epochs: 20, settings: { patience: 2, minDelta: 100 } });
    expect(run.info).toMatchObject({ epochsDone: 3, stopped: 'early' });
  });
});

describe('learning rates', () => {
  const rates = async (name: string, settings: Parameters<typeof quick>[1]) =>
    (await quick(name, settings)).history.map((row) => row.learning_rate);

  it('follow the schedule that is asked for', async () => {
    expect(await rates('constant', { settings: { schedule: 'constant', learningRate: 0.01 } })).toEqual([
      0.01, 0.01, 0.01,
    ]);
    const steps = await rates('step', { settings: { schedule: 'step', learningRate: 0.01, decayFactor: 0.5 } });
    for (const [i, rate] of [0.01, 0.005, 0.0025].entries()) expect(steps[i]).toBeCloseTo(rate, 10);
    const cosine = await rates('cosine', { settings: { schedule: 'cosine', learningRate: 0.01 } });
    expect(cosine[2]).toBeLessThan(0.001);
    expect(await rates('own', {})).toEqual([3e-3, 3e-3, 3e-3]);
  });

  it('fall on a plateau', async () => {
    const settings = {
      schedule: 'plateau',
      learningRate: 0.01,
      decayFactor: 0.1,
      decayPatience: 1,
      minDelta: 100,
    } as const;
    // The first loss is the smallest ever; each later one is none.
    const found = await rates('plateau', { epochs: 4, settings });
    for (const [i, rate] of [0.01, 0.01, 0.001, 0.0001].entries()) expect(found[i]).toBeCloseTo(rate, 10);
  });
});

describe('what keeps weights as they are', () => {
  it('freezing: layers whose names fit are bit for bit what they were, batch norm with its statistics', async () => {
    await quick('base', { epochs: 1 });
    const run = await quick('frozen', { from: join(folder, 'base'), freeze: ['hid*', 'n[op]rm'] });
    const [before, after] = [await weightsOf('base'), await weightsOf('frozen')];
    const changed = [...before].filter(([name, { values }]) => values.some((v, i) => v !== after.get(name)!.values[i]));
    expect(changed.map(([name]) => name)).toEqual(['logits/kernel', 'logits/bias']);
    expect(run.info.parameters.trainable).toBe(8 * 3 + 3);
    expect(run.info.settings).toMatchObject({ freeze: ['hid*', 'n[op]rm'] });
  });

  it('unfreezing: layers that the recipe keeps are trained after all', async () => {
    const recipe: Recipe = { ...tiny, freeze: ['hidden', 'norm'] };
    const kept = await quick('kept', { recipe, epochs: 1 });
    expect(kept.info.parameters.trainable).toBe(8 * 3 + 3);
    const build: Recipe['build'] = (tf, spec) => {
      const model = tiny.build(tf, spec);
      model.getLayer('hidden').trainable = false;
      return model;
    };
    const run = await quick('thawed', { recipe: { ...tiny, build }, unfreeze: ['hid*'], epochs: 1 });
    expect(run.info.parameters).toEqual((await quick('all', { epochs: 1 })).info.parameters);
    await expect(quick('x', { unfreeze: ['hide'] })).rejects.toThrow(/--unfreeze hide fits no layer/);
  });

  it('refuses a glob that fits nothing, and one that leaves nothing', async () => {
    await expect(quick('x', { freeze: ['blokc*'] })).rejects.toThrow(
      /--freeze blokc\* fits no layer.*hidden, norm, logits/,
    );
    await expect(quick('x', { freeze: ['*'] })).rejects.toThrow(/leaves no layer to train/);
    expect(await readdir(folder)).not.toContain('x');
  });
});

describe('the weights of another run', () => {
  it('are taken where names and shapes agree; a head for other classes begins afresh, and is named', async () => {
    await quick('first', { epochs: 1 });
    const { spec } = split.train;
    const two = (part: Split['train']) => {
      const labels = Array.from(part.labels, (label) => Math.min(label, 1));
      return async () =>
        memoryDataset({
          name: 'two',
          spec,
          classes: ['a', 'b'],
          labels,
          pixels: await part.batch(labels.map((_, i) => i)),
        });
    };
    const images = { train: await two(split.train)(), val: await two(split.val)(), test: await two(split.test)() };
    const events: TrainProgress[] = [];
    const options = { from: join(folder, 'first'), epochs: 1, settings: { learningRate: 1e-12 } };
    const run = await quick('second', { ...options, onProgress: (event) => events.push(event) }, images);
    expect(events[0]).toMatchObject({ kind: 'start', from: { taken: ['hidden', 'norm'], fresh: ['logits'] } });
    expect(run.info.from).toEqual({ name: 'first', fresh: ['logits'] });
    const [before, after] = [await weightsOf('first'), await weightsOf('second')];
    const kernel = after.get('hidden/kernel')!.values;
    for (const [i, value] of before.get('hidden/kernel')!.values.entries()) expect(kernel[i]).toBeCloseTo(value, 6);
  });

  it('have to be there, and to fit', async () => {
    await expect(quick('y', { from: join(folder, 'nowhere') })).rejects.toThrow(
      /expected a model that a training wrote, but there is none/,
    );
    await quick('other', { recipe: recipeByName('small-cnn'), epochs: 1 });
    const named = {
      ...tiny,
      build: ((tf, spec) => {
        const layers = [
          tf.layers.flatten({ name: 'a', inputShape: [...spec.shape] }),
          tf.layers.dense({ name: 'b', units: spec.classes }),
          tf.layers.activation({ name: 'c', activation: 'softmax' }),
        ];
        return tf.sequential({ layers });
      }) as Recipe['build'],
    };
    await expect(quick('y', { from: join(folder, 'other'), recipe: named })).rejects.toThrow(
      /no layer of tiny has a name and shapes as there/,
    );
  });
});

describe('a training that fails', () => {
  /** Its loss is no number from a step of the second epoch on. */
  const exploding = (from: number): Recipe => ({
    ...tiny,
    learningRate: (progress) => (progress > from ? 1e30 : 1e-3),
  });

  it('because the loss is no number stops, keeps the best weights, and says where and what to try', async () => {
    const error = await quick('nan', { recipe: exploding(0.5), epochs: 4 }).catch((reason) => reason);
    expect(error).toMatchObject({ kind: 'input' });
    expect(error.message).toMatch(
      /the loss became (NaN|Infinity) in epoch 3.*the best weights, of epoch [12], are kept in .*--set learningRate=.*--set clipNorm=1/,
    );
    const { run } = await readRun(join(folder, 'nan'));
    expect(run).toMatchObject({ stopped: 'diverged', epochsDone: 2 });
    for (const { values } of (await weightsOf('nan')).values()) expect(values.every(Number.isFinite)).toBe(true);
    // It is no training to load: asked for again, it goes on and fails as before.
    await expect(quick('nan', { recipe: exploding(0.5), epochs: 4, resume: true })).rejects.toThrow(/in epoch 3/);
  });

  it("because of a rate far above the recipe's is told the recipe's own", async () => {
    const recipe = exploding(0.01);
    const settings = { learningRate: 1e32 };
    await expect(quick('nan-rate', { recipe, settings, epochs: 2 })).rejects.toThrow(
      /--set learningRate=1e\+30, the recipe's own\)/,
    );
  });

  it('in its first epoch leaves nothing', async () => {
    await expect(quick('nan-first', { recipe: exploding(0.01), epochs: 3 })).rejects.toThrow(
      /in epoch 1.*nothing was kept/,
    );
    expect(await readdir(folder)).not.toContain('nan-first');
  });

  // That TensorFlow says so when it happens: test/slow/memory.test.ts.
  it.each([
    'OOM when allocating tensor with shape[24,480000,480000,1] and type float on /job:localhost by allocator cpu',
    'Array buffer allocation failed',
    'memory access out of bounds',
    'std::bad_alloc',
  ])('because memory runs out says what to lower: %s', async (said) => {
    const huge: Recipe = {
      ...tiny,
      build(tf, spec) {
        const model = tiny.build(tf, spec);
        model.layers[1]!.call = () => {
          throw new Error(said);
        };
        return model;
      },
    };
    await expect(quick('huge', { recipe: huge })).rejects.toMatchObject({
      kind: 'system',
      message:
        "memory ran out in a step of 24 images of 12x12x1; lower the batch size (--batch-size 12) or the images' size (--size 8)",
    });
    expect(await readdir(folder)).not.toContain('huge');
  });
});

describe('class weights', () => {
  /** Sixty images of one class, six of another, three of the third. */
  const uneven = async (): Promise<Split> => {
    const counts = [60, 6, 3];
    const left = [...counts];
    const kept = [...split.train.labels.keys()].filter((i) => left[split.train.labels[i]!]!-- > 0);
    const { spec, classes } = split.train;
    const labels = kept.map((i) => split.train.labels[i]!);
    return {
      ...split,
      train: memoryDataset({ name: 'uneven', spec, classes, labels, pixels: await split.train.batch(kept) }),
    };
  };

  it('balanced: as scikit-learn has them, and in run.json', async () => {
    const images = await uneven();
    const counts = [0, 1, 2].map((label) => images.train.labels.filter((l) => l === label).length);
    const run = await quick('balanced', { classWeights: 'balanced', epochs: 1 }, images);
    // n_samples / (n_classes * np.bincount(y))
    const expected = counts.map((count) => images.train.length / (3 * count));
    expect(run.info.settings).toMatchObject({ classWeights: expected });
    const plain = await quick('unbalanced', { epochs: 1 }, images);
    expect(run.history[0]!.loss).not.toBeCloseTo(plain.history[0]!.loss, 3);
  });

  it('by name, where 0 leaves a class out: what nobody minds mistaking is mistaken', async () => {
    const options = { classWeights: { left: 0, right: 0 }, epochs: 8, settings: { learningRate: 0.05 } };
    const { history } = await quick('left-out', options);
    const plain = await quick('left-in', { ...options, classWeights: {} });
    expect(history.at(-1)!.loss).toBeLessThan(0.05);
    expect(plain.history.at(-1)!.val_accuracy).toBeGreaterThan(0.9);
    expect(history.at(-1)!.val_accuracy).toBeLessThan(0.8);
    await expect(quick('z', { classWeights: { lefft: 2 } })).rejects.toThrow(
      /unknown class "lefft": did you mean left/,
    );
    await expect(quick('z', { classWeights: { left: -1 } })).rejects.toThrow(/from 0 up for left, got -1/);
  });
});

describe('a step', () => {
  const shape = [12, 12, 1] as const;
  const stream = random('step', 1);
  const batch = {
    images: Uint8Array.from({ length: 8 * 144 }, () => stream.below(256)),
    labels: Uint32Array.of(0, 1, 2, 0, 1, 2, 0, 1),
  };
  const make = (options: Partial<Parameters<typeof network>[2]> = {}) => {
    const preprocessing = tiny.preprocessing(shape);
    return network(backend.tf, tiny.build(backend.tf, { shape, classes: 3, seed: 1 }), {
      ...{ shape, classes: 3, preprocessing, labelSmoothing: 0 },
      ...options,
    });
  };
  /** The state after each of some steps. */
  const states = (options: Parameters<typeof make>[0], rates: readonly number[]) => {
    const net = make(options);
    const found = [net.state(), ...rates.map((rate) => net.step(batch, rate) && net.state())];
    net.dispose();
    return found;
  };
  const largest = (a: readonly Float32Array[], b: readonly Float32Array[]) =>
    Math.max(...a.flatMap((values, i) => Array.from(values, (value, j) => Math.abs(value - b[i]![j]!))));

  it('shrinks kernels, and nothing else, by decoupled weight decay', () => {
    // At the first step Adam moves each weight by the rate times its gradient's sign, with and without decay.
    const [start, plain] = states({}, [0.01]);
    const [, decayed] = states({ weightDecay: 0.1 }, [0.01]);
    const decay = start!.weights.map((values, i) =>
      plain!.weights[i]!.map((value, j) => value - decayed!.weights[i]![j]!).map((d, j) => d / (values[j]! || 1)),
    );
    const kernels = start!.weights.map((values) => values.length > 100 || values.length === 24);
    for (const [i, values] of decay.entries()) {
      for (const [j, value] of values.entries()) {
        if (Math.abs(start!.weights[i]![j]!) < 0.01) continue;
        expect(value).toBeCloseTo(kernels[i] ? 0.001 : 0, 4);
      }
    }
  });

  it('clips gradients together: a training with gradients a thousand times as long takes the same steps', () => {
    // Adam does not see a common factor of all gradients unless they change from step to step; its mean gradient does.
    const net = make({ clipNorm: 0.001 });
    net.step(batch, 0);
    const clipped = net.state().optimizer.slots;
    net.dispose();
    const free = make();
    free.step(batch, 0);
    const whole = free.state().optimizer.slots;
    free.dispose();
    const norm = (slots: ReadonlyMap<string, Float32Array>) =>
      Math.sqrt(
        [...slots]
          .filter(([name]) => name.startsWith('m/'))
          .reduce((sum, [, values]) => sum + values.reduce((s, v) => s + v * v, 0), 0),
      ) / 0.1;
    expect(norm(whole)).toBeGreaterThan(0.01);
    expect(norm(clipped)).toBeCloseTo(0.001, 6);
    const factor = norm(clipped) / norm(whole);
    for (const [name, values] of whole) {
      if (!name.startsWith('m/')) continue;
      for (const [i, value] of values.entries()) expect(clipped.get(name)![i]).toBeCloseTo(value * factor, 8);
    }
  });

  it('averages all weights, as the decay says, and shows the average only when asked', async () => {
    const found = states({ weightAverage: 0.5 }, [0.05, 0.05, 0.05]);
    let expected = found[0]!.weights.map((values) => Array.from(values));
    for (const [step, { weights, average }] of found.entries()) {
      if (step > 0) {
        const kept = Math.min(0.5, (1 + step) / (10 + step));
        expected = expected.map((values, i) => values.map((value, j) => kept * value + (1 - kept) * weights[i]![j]!));
      }
      expect(
        largest(
          average,
          expected.map((values) => Float32Array.from(values)),
        ),
      ).toBeLessThan(1e-6);
    }
    const net = make({ weightAverage: 0.5 });
    net.step(batch, 0.5);
    const own = net.predict(batch.images, 8);
    const averaged = await net.averaged(async () => net.predict(batch.images, 8));
    expect(largest([own], [averaged])).toBeGreaterThan(1e-3);
    expect(net.predict(batch.images, 8)).toEqual(own);
    net.dispose();
  });

  it('from a state is the step that would have followed it, with whatever remembers', () => {
    const options = { weightAverage: 0.5, weightDecay: 0.1, clipNorm: 1, seed: 5 };
    const [, one, , three] = states(options, [0.01, 0.02, 0.03]);
    const net = make(options);
    net.restore(one!);
    net.step(batch, 0.02);
    net.step(batch, 0.03);
    expect(largest(net.state().weights, three!.weights)).toBe(0);
    expect(largest(net.state().average, three!.average)).toBe(0);
    net.dispose();
  });

  it('has dropout masks of its own, which come from the seed, the layer and the step', () => {
    const { tf } = backend;
    const losses = (seed: number) => {
      const dropout = (name: string) => tf.layers.dropout({ name, rate: 0.5 });
      const layers = [
        tf.layers.flatten({ inputShape: [...shape] }),
        dropout(`one-${seed}`),
        dropout(`two-${seed}`),
        tf.layers.dense({ units: 3, kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }) }),
        tf.layers.activation({ activation: 'softmax' }),
      ];
      const model = tf.sequential({ layers });
      const preprocessing = tiny.preprocessing(shape);
      const net = network(tf, model, { shape, classes: 3, preprocessing, labelSmoothing: 0, seed: seed % 10 });
      const found = [0, 1, 2].map(() => net.step(batch, 0).loss);
      // What is written down with the model has no seed of a step.
      expect(model.layers[1]!.getConfig().seed ?? null).toBe(null);
      net.dispose();
      return found;
    };
    const first = losses(1);
    expect(new Set(first).size).toBe(3);
    expect(losses(2)).not.toEqual(first);
    // The same seed, layers of other names.
    expect(losses(11)).not.toEqual(first);
    expect(losses(1)).toEqual(first);
  });

  it('leaves no tensor behind, and a network none when it is disposed of', () => {
    const { tf } = backend;
    const before = tf.memory().numTensors;
    const net = make({ weightAverage: 0.5, weightDecay: 0.1, clipNorm: 1, classWeights: [1, 2, 3] });
    net.step(batch, 0.01);
    const after = tf.memory().numTensors;
    net.restore(net.state());
    net.step(batch, 0.01);
    expect(tf.memory().numTensors).toBe(after);
    net.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('run.json has every setting, and says nothing of folders above', async () => {
  await quick('settings', { epochs: 1, settings: { mixup: 0.2, weightDecay: 0.01 } });
  const text = await readFile(join(folder, 'settings', 'run.json'), 'utf8');
  const info = runSchema.parse(JSON.parse(text));
  expect(info.settings).toMatchObject({
    learningRate: 3e-3,
    schedule: 'recipe',
    mixup: 0.2,
    weightDecay: 0.01,
    clipNorm: 0,
  });
  expect(info.digest).toMatch(/^[0-9a-f]{64}$/);
  expect(text).not.toContain(folder);
});
