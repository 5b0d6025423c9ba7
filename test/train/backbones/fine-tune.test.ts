import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LayersModel, SymbolicTensor, Tensor } from '@tensorflow/tfjs';
import { engineByName, openSession } from 'onward/engines';
import { exportRun, readRun } from 'onward/export';
import { loadModel } from 'onward/model';
import {
  type ChosenBackend,
  chooseBackend,
  openBackboneFile,
  type Recipe,
  recipeByName,
  type TrainProgress,
  train,
} from 'onward/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { halve } from '#onward/train/graph.js';
import { freezeStages } from '#onward/train/unfreezing.js';
import { stripesSplit } from '../datasets.js';
import { asFile, tinyNetwork } from './files.js';

let folder: string;
let backend: ChosenBackend;
let recipe: Recipe;
const split = stripesSplit(120);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-fine-tune-'));
  backend = await chooseBackend();
  recipe = await tinyRecipe();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function tinyRecipe({ tf } = backend): Promise<Recipe> {
  const model = tinyNetwork(tf);
  const file = await asFile(tf, model, 'tiny/model.json');
  model.dispose();
  const preprocessing = [{ kind: 'scale', scale: 1 / 127.5, offset: -1 }] as const;
  return (await openBackboneFile(tf, file, { name: 'tiny', preprocessing })).recipe;
}

type Options = Partial<Parameters<typeof train>[1]>;
const settings = { headEpochs: 2, stages: 2, stageRate: 0.5, stageDecay: 0.5 };
const quick = (name: string, options: Options = {}) =>
  train(split, {
    ...{ recipe, backend, out: join(folder, name), epochs: 6, batchSize: 16, version: '0.0.0' },
    ...options,
    settings: { ...settings, ...options.settings },
  });
const bytesOf = (name: string) =>
  Promise.all(['weights.bin', 'model.json', 'golden.json'].map((file) => readFile(join(folder, name, 'model', file))));

/** The weights that a run keeps, by name. */
async function weightsOf(name: string): Promise<Map<string, number[]>> {
  const [bytes, json] = await bytesOf(name);
  const { weightsManifest } = JSON.parse(json!.toString()) as {
    weightsManifest: { weights: { name: string; shape: number[] }[] }[];
  };
  let offset = 0;
  const values = new Float32Array(Uint8Array.from(bytes!).buffer);
  return new Map(
    weightsManifest
      .flatMap(({ weights }) => weights)
      .map(({ name: weight, shape }) => {
        const size = shape.reduce((a, b) => a * b, 1);
        offset += size;
        return [weight, [...values.subarray(offset - size, offset)]];
      }),
  );
}

describe('a new head on a trained network', () => {
  it('unfreezes it from the top down, and leaves norms as they are', async () => {
    const events: TrainProgress[] = [];
    const stop = async (name: string, epochs: number) => {
      const controller = new AbortController();
      await quick(name, {
        signal: controller.signal,
        onProgress: (event) => {
          if (name === 'whole') events.push(event);
          if (event.kind === 'epoch' && event.row.epoch === epochs) controller.abort();
        },
      });
      return checkpointWeights(name);
    };
    const head = await stop('head', 2);
    const top = await stop('top', 4);
    const whole = await stop('whole', 6);
    const begun = await beginning();
    const changed = (now: Map<string, number[]>) =>
      [...now].filter(([name, values]) => String(values) !== String(begun.get(name))).map(([name]) => name);
    expect(changed(head)).toEqual(['logits/kernel', 'logits/bias']);
    expect(changed(top)).toEqual(['high/kernel', 'logits/kernel', 'logits/bias']);
    expect(changed(whole).sort()).toEqual(
      ['high/kernel', 'logits/bias', 'logits/kernel', 'mid/kernel', 'mid_dw/bias', 'mid_dw/depthwise_kernel'].sort(),
    );
    expect(events.filter((event) => event.kind === 'stage')).toMatchObject([
      { epoch: 3, name: '3x3', layers: 1, rate: 0.5 },
      { epoch: 5, name: '6x6', layers: 2, rate: 0.25 },
    ]);
    const { backbone, parameters } = JSON.parse(await readFile(join(folder, 'whole', 'run.json'), 'utf8'));
    expect(backbone).toEqual({
      name: 'tiny',
      cut: 'high_relu',
      weights: { file: 'model.json', sha256: 'ab'.repeat(32), published: false },
    });
    expect(parameters.trainable).toBe(12 * 3 + 3 + 8 * 12 * 9 + 6 * 8 * 9 + 8 * 9 + 8);
  });

  /** Of the network as it is after its last step: the best ones in `model/` may be of an earlier epoch. */
  async function checkpointWeights(name: string) {
    const { readCheckpoint } = await import('#onward/train/checkpoint/checkpoint.js');
    const { network } = (await readCheckpoint(join(folder, name)))!;
    return named(network.weights);
  }

  const named = (weights: readonly Float32Array[]) => {
    const { tf } = backend;
    const model = recipe.build(tf, { shape: [12, 12, 1], classes: 3, seed: 1 });
    // Those that train stand before the others.
    freezeStages(model, recipe.stages!(model), settings.stages);
    const names = model.weights.map(({ originalName }) => originalName);
    model.dispose();
    return new Map(names.map((weight, i) => [weight, [...weights[i]!]]));
  };

  /** As the file has them; those of the head are drawn. */
  async function beginning() {
    const { tf } = backend;
    const model = tinyNetwork(tf);
    const found = new Map(model.weights.map((each) => [each.originalName, [...each.read().dataSync()]]));
    model.dispose();
    return found;
  }

  it.each([
    ['while the head trains alone', 2, 3],
    ['in the last step before a stage begins', 2, 5],
    ['while the first stage trains', 3, 2],
    ['while all of them do', 5, 1],
  ])('goes on as if it had never stopped: interrupted %s', async (where, epoch, step) => {
    await quick('straight');
    const name = where.replaceAll(' ', '-');
    const controller = new AbortController();
    await quick(name, {
      signal: controller.signal,
      onProgress: (event) => {
        if (event.kind === 'step' && event.epoch === epoch && event.step === step) controller.abort();
      },
    });
    expect(await quick(name, { resume: true })).toMatchObject({ outcome: 'resumed' });
    expect(await bytesOf(name)).toEqual(await bytesOf('straight'));
  });

  it('goes on as if it had never stopped, on the WASM backend too', async () => {
    const wasm = await chooseBackend('wasm');
    try {
      const options = { backend: wasm, recipe: await tinyRecipe(wasm), epochs: 4 };
      await quick('wasm-straight', options);
      const controller = new AbortController();
      await quick('wasm', {
        ...options,
        signal: controller.signal,
        onProgress: (event) => {
          if (event.kind === 'step' && event.epoch === 3 && event.step === 2) controller.abort();
        },
      });
      await quick('wasm', { ...options, resume: true });
      expect(await bytesOf('wasm')).toEqual(await bytesOf('wasm-straight'));
    } finally {
      await chooseBackend(backend.backend);
    }
  });

  it('is done already when it is; one from another file, cut or schedule is another training', async () => {
    await quick('done', { epochs: 3 });
    expect(await quick('done', { epochs: 3 })).toMatchObject({ outcome: 'loaded' });
    const controller = new AbortController();
    const onProgress = (event: TrainProgress) => event.kind === 'step' && event.epoch === 3 && controller.abort();
    await quick('begun', { signal: controller.signal, onProgress });
    const resume = (options: Options) => quick('begun', { resume: true, ...options });
    await expect(resume({ settings: { headEpochs: 1 } })).rejects.toThrow('is of headEpochs 2, and 1 was asked for');
    await expect(resume({ settings: { stages: 1 } })).rejects.toThrow('is of stages 2, and 1 was asked for');
    const other = {
      ...recipe,
      backbone: { ...recipe.backbone!, weights: { ...recipe.backbone!.weights!, sha256: 'c' } },
    };
    await expect(resume({ recipe: other })).rejects.toThrow('backbone and its weights');
  });

  it('takes --freeze, --unfreeze and --from as every recipe does', async () => {
    const frozen = await quick('frozen', { epochs: 4, freeze: ['high'], unfreeze: ['low*'] });
    expect(frozen.info.parameters.trainable).toBe(12 * 3 + 3 + 6 * 8 * 9 + 8 * 9 + 8 + 6 * 9);
    const [begun, kept] = [await beginning(), await weightsOf('frozen')];
    for (const name of ['high/kernel', 'low_bn/gamma', 'low_bn/moving_mean'])
      expect(kept.get(name)).toEqual(begun.get(name));
    const from = await quick('from', { epochs: 3, from: join(folder, 'frozen') });
    expect(from.info.from).toMatchObject({ name: 'frozen', fresh: [] });
  });

  it('exports to a file that predicts what training computed, its preprocessing in it', async () => {
    await quick('exported', { epochs: 3 });
    const model = await loadModel(exportRun(await readRun(join(folder, 'exported'))), { name: 'model.onnx' });
    // Opening it predicts the golden samples, and refuses what differs.
    const session = await openSession(engineByName('ort-cpu'), model);
    const images = await split.test.batch([0, 1, 2]);
    const found = await session.predict(images, 3);
    await session.close();
    expect(found).toHaveLength(9);
    expect(model.provenance?.preprocessing).toEqual([{ kind: 'scale', scale: 1 / 127.5, offset: -1 }]);
  });

  it('refuses settings that leave nothing to do, or have nothing to do it to', async () => {
    await expect(quick('x', { settings: { stages: 4 } })).rejects.toMatchObject({
      kind: 'usage',
      message: 'expected stages to be at most 3, as many as tiny has (3x3, 6x6, 12x12), got 4',
    });
    await expect(quick('x', { settings: { headEpochs: 6 } })).rejects.toThrow(
      'headEpochs 6 leaves none of 6 epochs for the stages below the head; lower it, or give --set stages=0',
    );
    const plain = recipeByName('small-cnn');
    await expect(quick('x', { recipe: plain, settings: { stages: 1 } })).rejects.toThrow(
      /small-cnn begins from scratch/,
    );
  });
});

describe('the part that is not trained', () => {
  const build = () => {
    const model = recipe.build(backend.tf, { shape: [12, 12, 1], classes: 3, seed: 1 });
    return { model, output: model.layers.at(-1)!.input as SymbolicTensor };
  };

  it('gives what it gives in prediction, its dropout and its norms too', async () => {
    const { tf } = backend;
    const { network } = await import('#onward/train/network.js');
    const { model } = build();
    const still = model.layers.filter(({ name }) => !['logits', 'dropout'].includes(name));
    for (const layer of still) layer.trainable = false;
    const net = network(tf, model, {
      ...{ shape: [12, 12, 1], classes: 3, preprocessing: [], labelSmoothing: 0, still },
      groups: [{ layers: [model.getLayer('logits')], rate: 1 }],
    });
    const { below, frozen } = halve(
      tf,
      model.inputs[0]!,
      model.layers.at(-1)!.input as SymbolicTensor,
      ({ name }) => name === 'logits',
    );
    tf.tidy(() => {
      const images = tf.randomUniform([4, 12, 12, 1], -1, 1, 'float32', 3);
      const features = tf.model({ inputs: model.inputs, outputs: model.getLayer('features').output as SymbolicTensor });
      const expected = (features.predict(images) as Tensor).dataSync();
      const dropout = model.getLayer('dropout') as unknown as { rate: number };
      dropout.rate = 0;
      const [given] = below(images);
      expect(frozen).toBe(model.layers.length - 3);
      for (const [i, value] of given!.dataSync().entries()) expect(value).toBeCloseTo(expected[i]!, 4);
    });
    net.dispose();
  });

  it('costs no gradients and no memory', async () => {
    const { tf } = backend;
    const { network } = await import('#onward/train/network.js');
    const { model } = build();
    const conv = (names: string[]) => model.layers.filter(({ name }) => names.includes(name));
    for (const layer of model.layers) if (layer.name.endsWith('_bn')) layer.trainable = false;
    const net = network(tf, model, {
      ...{ shape: [12, 12, 1], classes: 3, preprocessing: [], labelSmoothing: 0 },
      groups: [
        { layers: conv(['logits']), rate: 1 },
        { layers: conv(['high']), rate: 1 },
        { layers: conv(['mid', 'mid_dw', 'low']), rate: 1 },
      ],
    });
    const labels = Uint32Array.from({ length: 32 }, (_, i) => i % 3);
    const batch = { images: Uint8Array.from({ length: 32 * 144 }, (_, i) => i % 251), labels };
    const peak = async (groups: number) => (await tf.profile(() => void net.step(batch, 1e-4, groups))).peakBytes;
    for (const groups of [1, 2, 3]) await peak(groups);
    const before = tf.memory().numTensors;
    const [head, top, all] = [await peak(1), await peak(2), await peak(3)];
    expect(head).toBeLessThan(0.6 * all);
    expect(top).toBeLessThan(0.8 * all);
    for (const groups of [1, 2, 3, 1]) net.step(batch, 1e-4, groups);
    expect(tf.memory().numTensors).toBe(before);
    net.dispose();
  });
});

describe("somebody's network", () => {
  const layersOf = (model: LayersModel) => model.layers.map(({ name }) => name);
  const open = async (model: LayersModel, cut?: string) => {
    const file = await asFile(backend.tf, model, 'mine.h5');
    return openBackboneFile(backend.tf, file, { name: 'mine', preprocessing: [], cut });
  };
  const image = { inputShape: [16, 16, 3] };

  it('is cut before its classifier, wherever that begins', async () => {
    const { layers, sequential } = backend.tf;
    const conv = (name: string, filters = 4, more = {}) => layers.conv2d({ name, filters, kernelSize: 3, ...more });
    const softmax = () => layers.activation({ activation: 'softmax' });
    const dense = sequential({
      layers: [
        conv('a', 4, image),
        conv('b'),
        layers.flatten(),
        layers.dense({ units: 9 }),
        layers.dense({ units: 2 }),
      ],
    });
    expect(await open(dense)).toMatchObject({ cut: 'b', cutShape: [12, 12, 4], height: 16, width: 16, channels: 3 });
    const maps = sequential({
      layers: [conv('a', 4, image), conv('classes', 7), layers.globalAveragePooling2d({}), softmax()],
    });
    expect(await open(maps)).toMatchObject({ cut: 'a' });
    const headless = sequential({ layers: [conv('a', 4, image), conv('b'), layers.globalAveragePooling2d({})] });
    expect(await open(headless)).toMatchObject({ cut: 'b' });
    const flat = sequential({
      layers: [
        layers.flatten({ name: 'flat', ...image }),
        layers.dense({ name: 'wide', units: 8 }),
        layers.dense({ units: 2 }),
      ],
    });
    expect(await open(flat)).toMatchObject({ cut: 'wide', cutShape: [8] });
  });

  it('computes up to the cut what it computed, a network in a network too', async () => {
    const { tf } = backend;
    const { layers } = tf;
    const inner = tf.sequential({
      name: 'inner',
      layers: [
        layers.conv2d({ name: 'c1', filters: 4, kernelSize: 3, strides: 2, ...image }),
        layers.batchNormalization({ name: 'n1' }),
        layers.conv2d({ name: 'c2', filters: 6, kernelSize: 3, activation: 'relu' }),
      ],
    });
    const outer = tf.sequential({
      layers: [inner, layers.globalAveragePooling2d({}), layers.dense({ units: 2, activation: 'softmax' })],
    });
    const { recipe: mine, cut } = await open(outer);
    expect(cut).toBe('c2');
    const model = mine.build(tf, { shape: [16, 16, 3], classes: 5, seed: 1 });
    expect(layersOf(model)).toEqual(['image', 'c1', 'n1', 'c2', 'features', 'dropout', 'logits', 'probabilities']);
    expect(mine.stages!(model).map(({ layers }) => layers)).toEqual([['c2'], ['c1', 'n1']]);
    tf.tidy(() => {
      const images = tf.randomUniform([2, 16, 16, 3], 0, 1, 'float32', 5);
      const expected = (inner.predict(images) as Tensor).dataSync();
      const maps = tf.model({ inputs: model.inputs, outputs: model.getLayer('c2').output as SymbolicTensor });
      expect((maps.predict(images) as Tensor).dataSync()).toEqual(expected);
    });
    // And images of another size.
    expect(mine.build(tf, { shape: [24, 20, 3], classes: 5, seed: 1 }).outputs[0]!.shape).toEqual([null, 5]);
  });

  it('is refused when it is not for images, has no such layer, or takes no images of that size', async () => {
    const { tf } = backend;
    const rows = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [7] })] });
    await expect(open(rows)).rejects.toThrow(
      'mine.h5: expected a network with one input of images [height, width, 1 or 3], got [7]',
    );
    await expect(open(tinyNetwork(tf), 'hihg_relu')).rejects.toThrow(
      '--cut: unknown layer "hihg_relu": did you mean high_relu',
    );
    const fixed = tf.sequential({
      layers: [tf.layers.flatten(image), tf.layers.dense({ name: 'wide', units: 8 }), tf.layers.dense({ units: 2 })],
    });
    const { recipe: mine } = await open(fixed);
    expect(mine.build(tf, { shape: [16, 16, 3], classes: 2, seed: 1 }).outputs[0]!.shape).toEqual([null, 2]);
    expect(() => mine.build(tf, { shape: [8, 8, 3], classes: 2, seed: 1 })).toThrow(
      'mine.h5 takes no images of 8x8: wide has weights of 768x8, and would need 192x8; give another --size, or another --cut',
    );
  });
});
