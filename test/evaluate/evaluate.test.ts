import { memoryDataset, splitDataset, subset } from 'onward/data';
import { engineByName } from 'onward/engines';
import { computeMetrics, evaluate, partOf, predictAll, scored } from 'onward/evaluate';
import type { LoadedModel } from 'onward/model';
import { describe, expect, it } from 'vitest';
import { labels, modelOf, side, size } from '../runtime/engines/models.js';
import { fakeEngine, partOfAll, small, sourceOf } from './small.js';

const model = modelOf();
const engine = engineByName('ort-cpu');
const bare = (change: Partial<LoadedModel> = {}): LoadedModel => ({ ...model, golden: undefined, ...change });

describe('an evaluation', () => {
  it('on ONNX Runtime has the metrics of what the model computes, whatever the batch', async () => {
    const { dataset, probabilities } = small(150);
    const expected = computeMetrics(scored(labels, dataset.labels, probabilities));
    const got = await evaluate(model, partOfAll(dataset), { engine });
    expect(got.metrics.accuracy).toEqual(expected.accuracy);
    expect(got.metrics.accuracy.correct).toBe(150 - Math.floor(150 / 7));
    expect(got.metrics.confusion).toEqual(expected.confusion);
    expect(got.metrics.logLoss).toBeCloseTo(expected.logLoss, 5);
    expect(got.engine.selfTest?.passed).toBe(true);
    const few = await evaluate(model, partOfAll(dataset), { engine, batch: 7 });
    expect(few.metrics.confusion).toEqual(expected.confusion);
    expect(few.speed.batch).toBe(7);
  });

  it('asks for every image once, in order, and tries sizes on the way where there are many', async () => {
    const count = 11_000;
    const dataset = memoryDataset({
      name: 'many',
      spec: { width: 1, height: 1, channels: 1, fit: 'stretch', background: [0, 0, 0] },
      classes: ['even', 'odd'],
      labels: Array.from({ length: count }, (_, i) => (i % 251) % 2),
      pixels: Uint8Array.from({ length: count }, (_, i) => i % 251),
    });
    const one = fakeEngine(([byte]) => (byte! % 2 ? [0.1, 0.9] : [0.8, 0.2]));
    const tiny = bare({ labels: ['even', 'odd'], input: { ...model.input, width: 1, height: 1, channels: 1 } });
    const session = await one.open(tiny);
    const done: number[] = [];
    const { probabilities, batch } = await predictAll(session, dataset, { onProgress: (n) => done.push(n) });
    const wrong = dataset.labels.findIndex((label, i) => probabilities[2 * i + label]! < 0.5);
    expect([wrong, probabilities.length, done.at(-1)]).toEqual([-1, 2 * count, count]);
    expect(one.batches.reduce((a, b) => a + b, 0)).toBe(count);
    expect(new Set(one.batches).size).toBeGreaterThan(2);
    expect(one.batches).toContain(batch);
  });

  it('can be stopped', async () => {
    const { dataset } = small(100);
    await expect(evaluate(model, partOfAll(dataset), { engine, signal: AbortSignal.abort() })).rejects.toMatchObject({
      kind: 'interrupted',
    });
  });

  it('fits images of another size and other channels as the file says', async () => {
    const gray = memoryDataset({
      name: 'gray',
      spec: { width: 2, height: 4, channels: 1, fit: 'contain', background: [0, 0, 0] },
      classes: labels,
      labels: [0],
      pixels: new Uint8Array(8).fill(200),
    });
    let seen: Uint8Array | undefined;
    const watching = fakeEngine((image) => {
      seen = image.slice();
      return [1, 0, 0, 0];
    });
    const { notes, dataset } = await evaluate(bare(), partOfAll(gray), { engine: watching });
    expect(notes.join()).toContain('images of 4x2x1 were fitted to 8x8x3 (contain)');
    expect([seen!.length, dataset.shape]).toEqual([size, [side, side, 3]]);
    // Whole, with a margin on both sides: 4 pixels of 8.
    expect([...seen!.subarray(0, 24)].map((v) => v > 0)).toEqual(
      Array.from({ length: 24 }, (_, i) => i >= 6 && i < 18),
    );
  });
});

describe('test-time augmentation', () => {
  const augmentation = [
    { name: 'affine', rotation: 20, zoom: 0.2 },
    { name: 'invert', probability: 0.5 },
  ];
  const augmented = bare({ provenance: { ...model.provenance, augmentation } });

  it('is the mean of seeded draws: the same for any batch, another for another seed', async () => {
    const { dataset } = small(60);
    const run = (seed: number, batch: number) =>
      evaluate(augmented, partOfAll(dataset), { engine, batch, tta: { draws: 3, seed } });
    const [first, second, other] = [await run(1, 60), await run(1, 13), await run(2, 60)];
    expect(second.tta!.metrics.logLoss).toBeCloseTo(first.tta!.metrics.logLoss, 5);
    expect(second.tta!.metrics.confusion).toEqual(first.tta!.metrics.confusion);
    expect(Math.abs(other.tta!.metrics.logLoss - first.tta!.metrics.logLoss)).toBeGreaterThan(1e-4);
    expect(first.tta!.metrics.logLoss).not.toBeCloseTo(first.metrics.logLoss, 4);
    const { gain, low, high, onlyFirst, onlySecond } = first.tta!.gain;
    expect(gain).toBeCloseTo(first.tta!.metrics.accuracy.value - first.metrics.accuracy.value, 12);
    expect(gain).toBeCloseTo((onlySecond - onlyFirst) / 60, 12);
    expect([low <= gain, gain <= high]).toEqual([true, true]);
  });

  it('with augmentations that change nothing changes nothing', async () => {
    const { dataset } = small(40);
    const still = bare({ provenance: { augmentation: [{ name: 'affine' }] } });
    const got = await evaluate(still, partOfAll(dataset), { engine, tta: { draws: 2, seed: 1 } });
    expect(got.tta!.metrics).toEqual(got.metrics);
    expect(got.tta!.gain).toMatchObject({ gain: 0, p: 1 });
  });

  it.each([
    [{}, /does not say how its training images were augmented; leave --tta out/],
    [{ augmentation: [] }, /its training augmented nothing/],
    [{ augmentation: [{ name: 'afine' }] }, /the augmentation "afine", which this version .*it has affine/],
  ])('of a file with %j is refused', async (provenance, sentence) => {
    const { dataset } = small(10);
    const options = { engine, tta: { draws: 2, seed: 1 } };
    await expect(evaluate(bare({ provenance }), partOfAll(dataset), options)).rejects.toThrow(sentence);
  });
});

describe('classes that are not the model’s', () => {
  const options = { engine: fakeEngine(() => [0.7, 0.1, 0.1, 0.1]) };

  it('are matched by name, in any order, and told of where the names differ a little', async () => {
    const { dataset } = small(40);
    const turned = {
      ...dataset,
      digest: '',
      classes: ['Dog', 'cat', ' BEE', 'ant'],
      labels: dataset.labels.map((label) => 3 - label),
    };
    const { metrics, notes } = await evaluate(bare(), partOfAll(turned), { engine });
    const straight = await evaluate(bare(), partOfAll(dataset), { engine });
    expect(metrics).toEqual(straight.metrics);
    expect(notes.join()).toContain('classes taken for the same by their names: Dog as dog,  BEE as bee');
  });

  it('are refused where there are images of one that it does not have', async () => {
    const { dataset } = small(40, { classes: ['ant', 'bee', 'cat', 'eel'] });
    await expect(evaluate(bare(), partOfAll(dataset), options)).rejects.toThrow(
      /^small has images of the class eel, which test-1.onnx does not have: expected ant, bee, cat, dog; rename/,
    );
  });

  it('are fine where one has no image, which is noted', async () => {
    const { dataset } = small(60);
    const some = subset(
      dataset,
      Array.from(dataset.labels.keys()).filter((i) => dataset.labels[i] !== 2),
    );
    const { notes, metrics } = await evaluate(bare(), partOfAll(some), { engine });
    expect(notes).toContain('no image of the class cat: nothing is known of its recall');
    expect(metrics.perClass[2]).toMatchObject({ support: 0, recall: null });
  });

  it('stand for outputs without names where they are as many', async () => {
    const { dataset } = small(40);
    const nameless = bare({ labels: ['0', '1', '2', '3'], digest: undefined as never, provenance: {} });
    const { notes } = await evaluate(nameless, partOfAll(dataset), { engine });
    expect(notes.join()).toContain('has no labels: its 4 outputs are taken in the order of the classes of small');
    const fewer = { ...dataset, digest: '', classes: ['ant', 'bee', 'cat'] };
    await expect(evaluate(nameless, partOfAll(fewer), options)).rejects.toThrow(/say with --labels/);
  });
});

describe('what is no probability', () => {
  const { dataset } = small(40);
  const run = (
    row: (image: Uint8Array) => number[],
    kind: 'probabilities' | 'logits' = 'probabilities',
    softmax = false,
  ) =>
    evaluate(bare({ output: { name: 'out', kind }, digest: undefined }), partOfAll(dataset), {
      engine: fakeEngine(row),
      softmax,
    });

  it('is refused, naming the image', async () => {
    await expect(run(() => [Number.NaN, 0, 0, 1])).rejects.toThrow(/gives NaN for small #0: expected 4 numbers/);
    await expect(run(() => [3, -1, 0, 1])).rejects.toThrow(
      /no probabilities for small #0.*got 3.00, -1.00, 0.00, \.\.\., in all 3\.000.*--softmax/,
    );
  });

  it('is given a softmax on request', async () => {
    // The engine that is made up here applies none itself, so that its numbers come as they are.
    await expect(run(() => [0.4, 0.3, 0.2, 0.1], 'probabilities', true)).resolves.toMatchObject({
      notes: expect.arrayContaining([expect.stringContaining('as --softmax says')]),
    });
  });

  it('a guess is checked: probabilities of a file that was thought to give logits are left as they are', async () => {
    const { notes } = await run(() => [0.4, 0.3, 0.2, 0.1], 'logits');
    expect(notes.join()).toContain('gives probabilities already: no softmax was applied');
  });
});

describe('which images', () => {
  const { dataset } = small(120, { wrongEvery: 1000 });
  const split = { seed: 5, val: 0.1, test: 0.25 };
  const parts = splitDataset({ train: dataset }, split);
  const trained = bare({ provenance: { split, dataset: { name: 'small', digest: parts.train.digest, images: 120 } } });

  it('are those that training kept for the end, found again by its seed', async () => {
    const part = await partOf(sourceOf(dataset), trained);
    expect([part.name, part.unseen, part.dataset.digest]).toEqual(['test', true, parts.test.digest]);
    expect((await partOf(sourceOf(dataset), trained, 'val')).dataset.digest).toBe(parts.val.digest);
    expect(await partOf(sourceOf(dataset), trained, 'train')).toMatchObject({ unseen: false });
    expect(await partOf(sourceOf(dataset), trained, 'all')).toMatchObject({ name: 'all', unseen: false });
  });

  it('of another dataset are all of them, and a part of it cannot be found', async () => {
    const other = sourceOf(small(50, { seed: 9 }).dataset);
    expect(await partOf(other, trained)).toMatchObject({ name: 'all', unseen: null });
    await expect(partOf(other, trained, 'val')).rejects.toThrow(
      /the val part of small cannot be found again: .* --split all/,
    );
    await expect(partOf(other, trained, 'tset')).rejects.toThrow(
      /expected train, val, test, all or a split file.*got "tset"/,
    );
  });

  it('are never none', async () => {
    const empty = sourceOf(dataset, { test: subset(dataset, []) });
    await expect(partOf(empty, bare({ provenance: {} }), 'test')).rejects.toThrow(
      /the test part of small has no images .*--split/,
    );
  });
});
