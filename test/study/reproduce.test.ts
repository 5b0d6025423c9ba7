import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OnwardError, random } from 'onward/common';
import { memoryDataset, openSource, type Split, splitDataset } from 'onward/data';
import { launchBrowser } from 'onward/machine';
import { type ChosenBackend, chooseBackend, type Recipe, recipeByName } from 'onward/train';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishedFigures, type ReproduceOptions, reproduce, type Study, steps } from '#onward/study/index.js';
import { newPage } from '../web/browser.js';

const cut = { seed: 1, val: 0.1, test: 0.2 };
const scale = 0.25;

/** Small networks under the names of the study's recipes: what is tested is the study, not hours of training. */
const standIns: readonly Recipe[] = [
  ...['dense-rgb', 'dense-gray', 'dense-regularized', 'simplenet', 'simplenet-augmented', 'vgg16-finetune'],
].map((name) => {
  const { channels, augmentation } = recipeByName(name);
  const small = recipeByName('small-cnn');
  return { ...small, name, augmentation, ...(channels && { channels }), epochs: { native: 8, wasm: 8 } };
});

let root: string;
let backend: ChosenBackend;
let split: Split;
let whole: Study;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-study-'));
  backend = await chooseBackend('auto');
  split = splitDataset(await openSource('street-digits:200'), cut);
  whole = await study('whole');
});
afterAll(() => rm(root, { recursive: true, force: true }));

const study = (out: string, options: Partial<ReproduceOptions> = {}) =>
  reproduce(split, {
    ...{ name: 'digits', cut, out: join(root, out), backend, scale, draws: 2, recipes: standIns },
    ...options,
  });

const states = ({ rows }: Study) => Object.fromEntries(rows.map(({ step, state }) => [step.name, state]));
const reasonOf = ({ rows }: Study, name: string) => rows.find(({ step }) => step.name === name)?.reason;
// biome-ignore lint/suspicious/noExplicitAny: JSON
const resultOf = ({ rows }: Study, name: string) => rows.find(({ step }) => step.name === name)?.result as any;
const jsonOf = async (out: string) => JSON.parse(await readFile(join(root, out, 'study.json'), 'utf8'));
const all = (state: string) => Object.fromEntries(steps.map(({ name }) => [name, state]));

describe('a study', () => {
  it('does every step, and has every published figure beside what was measured', async () => {
    expect(states(whole)).toEqual(all('done'));
    const { figures, shortened, scale: said, dataset } = await jsonOf('whole');
    expect(said).toBe(scale);
    expect(shortened).toMatch(/^Shortened by --scale 0\.25: 75 of the 200 images/);
    expect(dataset.used).toEqual({ train: 35, val: 20, test: 20 });
    expect(figures.map(({ published }: { published: number }) => published)).toEqual(
      [84.5, 85.7, 88.7, 95.7, 96.6, 93.2, 96.4, 96.6, 92.75, 92.68].map((percent) =>
        Number((percent / 100).toFixed(4)),
      ),
    );
    for (const { ours } of figures) {
      expect(ours.value * ours.images).toBeCloseTo(Math.round(ours.value * ours.images), 3);
      expect(ours.low).toBeLessThanOrEqual(ours.value);
      expect(ours.high).toBeGreaterThanOrEqual(ours.value);
    }
    expect(figures).toHaveLength(publishedFigures.length);
    const plots = await readdir(join(root, 'whole', 'plots'));
    expect(plots.filter((name) => name.endsWith('.svg'))).toHaveLength(7);
    expect(plots.filter((name) => name.endsWith('.png'))).toHaveLength(7);
  });

  it('has numbers that agree with each other', () => {
    const { classes, confusion, accuracy, predicted } = resultOf(whole, 'confusion');
    const { metrics } = resultOf(whole, 'simplenet-augmented');
    // The exported file says of the test images what the trainer said.
    expect(accuracy.value).toBeCloseTo(metrics.test_accuracy, 6);
    const right = classes.reduce((sum: number, _: string, c: number) => sum + confusion[c][c], 0);
    expect(right).toBe(accuracy.correct);
    expect(resultOf(whole, 'tta').plain).toEqual(accuracy);
    const two = classes.indexOf('2');
    const { images, wrong, mistakes } = resultOf(whole, 'mistakes');
    expect(images).toBe(confusion[two].reduce((a: number, b: number) => a + b));
    expect(wrong).toBe(images - confusion[two][two]);
    for (const { image, predicted: label } of mistakes) expect(classes[predicted[image]]).toBe(label);
    expect(resultOf(whole, 'neighbours')).toMatchObject({ k: 15, images: 35 });
    expect(resultOf(whole, 'dense-gray').epochs).toBe(2);
  });

  it('keeps what is done, and does again what depends on something that changed', async () => {
    expect(states(await study('whole'))).toEqual(all('kept'));
    expect(states(await study('whole', { draws: 3 }))).toEqual({ ...all('kept'), tta: 'done' });
    await rm(join(root, 'whole', 'knn.onnx'));
    // The file is written again from the run, which is as it was: so is what was measured of it.
    await appendFile(join(root, 'whole', resultOf(whole, 'simplenet-augmented').model), 'x');
    const mended = await study('whole', { draws: 3 });
    expect(states(mended)).toEqual({ ...all('kept'), 'simplenet-augmented': 'done', neighbours: 'done' });
    expect(resultOf(mended, 'neighbours')).toEqual(resultOf(whole, 'neighbours'));
    const record = join(root, 'whole', 'steps', 'confusion.json');
    await writeFile(record, (await readFile(record, 'utf8')).replace('"correct":', '"correct":1'));
    const honest = await study('whole', { draws: 3 });
    expect(states(honest)).toEqual({ ...all('kept'), confusion: 'done' });
    expect(resultOf(honest, 'confusion')).toEqual(resultOf(whole, 'confusion'));
  });

  it('trains for other images beside what is there', async () => {
    await study('other', { only: ['dense-gray'] });
    const more = await study('other', { only: ['dense-gray'], scale: 0.3 });
    expect(states(more)['dense-gray']).toBe('done');
    expect(resultOf(more, 'dense-gray').run).toBe('runs/dense-gray-2');
    const back = await study('other', { only: ['dense-gray'] });
    expect(resultOf(back, 'dense-gray').run).toBe('runs/dense-gray');
  });

  it('that is stopped goes on to what it would have been', async () => {
    const stopper = new AbortController();
    const only = ['dense-gray', 'dense-regularized', 'confusion'];
    let trainings = 0;
    const stopped = await study('stopped', {
      ...{ only, signal: stopper.signal },
      onStep: () => {
        trainings++;
      },
      onTraining: (event) => {
        if (trainings === 2 && event.kind === 'step' && event.epoch === 2) stopper.abort();
      },
    });
    expect(stopped.interrupted).toBe(true);
    expect(states(stopped)).toMatchObject({
      ...{ 'dense-gray': 'done', 'dense-regularized': 'not run' },
      ...{ 'simplenet-augmented': 'not run', confusion: 'not run' },
    });
    expect(reasonOf(stopped, 'dense-regularized')).toBe('stopped before its end');
    const kinds: string[] = [];
    const on = await study('stopped', { only, onTraining: ({ kind }) => kinds.push(kind) });
    expect(states(on)).toMatchObject({ 'dense-gray': 'kept', 'dense-regularized': 'done', confusion: 'done' });
    expect(kinds).toContain('resumed');
    // What was not asked for stays blank.
    expect(states(on)).toMatchObject({ 'dense-rgb': 'not run', tta: 'not run' });
    expect(on.interrupted).toBe(false);
    const curves = (one: Study) =>
      resultOf(one, 'dense-regularized').history.map(({ loss, val_loss }: Record<string, number>) => [loss, val_loss]);
    for (const [i, [loss, val]] of curves(on).entries()) {
      expect(loss).toBeCloseTo(curves(whole)[i][0], 3);
      expect(val).toBeCloseTo(curves(whole)[i][1], 3);
    }
    const lossOf = (one: Study) => resultOf(one, 'simplenet-augmented').metrics.val_loss;
    expect(lossOf(on)).toBeCloseTo(lossOf(whole), 3);
  });

  it('goes on after a step that fails, and says why its row and those that need it are blank', async () => {
    const broken: Recipe = {
      ...standIns.find(({ name }) => name === 'vgg16-finetune')!,
      build: () => {
        throw new OnwardError('system', 'no memory left');
      },
    };
    const found = await study('broken', {
      only: ['dense-gray', 'neighbours'],
      recipes: [...standIns.slice(0, 5), broken],
    });
    expect(states(found)).toMatchObject({ 'dense-gray': 'done', 'vgg16-finetune': 'failed', neighbours: 'failed' });
    expect(reasonOf(found, 'vgg16-finetune')).toBe('no memory left');
    const { figures } = await jsonOf('broken');
    expect(figures.at(-1)).toMatchObject({
      ours: null,
      reason: 'it needs vgg16-finetune, which has no result: no memory left',
    });
  });

  it('takes gray images of another size, and leaves blank what they cannot have', async () => {
    const dice = random('gray', 1);
    const part = (count: number) =>
      memoryDataset({
        name: 'gray',
        spec: { width: 28, height: 28, channels: 1, fit: 'contain', background: [0, 0, 0] },
        classes: ['a', 'b', 'c'],
        labels: Array.from({ length: count }, (_, i) => i % 3),
        pixels: Uint8Array.from({ length: count * 28 * 28 }, () => dice.below(256)),
      });
    const gray: Split = { train: part(30), val: part(6), test: part(6) };
    const out = join(root, 'gray');
    const options = { name: 'gray', cut, out, backend, recipes: standIns, draws: 2 };
    const found = await reproduce(gray, { ...options, scale: 0.2, only: ['dense-rgb', 'mistakes', 'neighbours'] });
    expect(resultOf(found, 'dense-rgb')).toMatchObject({ shape: [32, 32, 3] });
    expect(resultOf(found, 'dense-rgb').notes).toEqual(['the images are gray: each colour has the same channel']);
    expect(resultOf(found, 'simplenet-augmented')).toMatchObject({ shape: [32, 32, 1], notes: [] });
    expect(states(found)).toMatchObject({ mistakes: 'blank', neighbours: 'blank' });
    expect(reasonOf(found, 'mistakes')).toBe('the images have no class "2" (they have a, b, c)');
    expect(reasonOf(found, 'neighbours')).toBe('15 neighbours need as many training images, and there are 6');
    expect(found.notes).toContain('images of 28x28 were fitted to 32x32');
    const html = await readFile(join(out, 'index.html'), 'utf8');
    expect(html).toContain('Blank: the images have no class &quot;2&quot; (they have a, b, c).');
    expect(html).toContain('The images are gray: each colour has the same channel.');
    expect(html).toContain('images of 28x28 were fitted to 32x32');
  });

  it('says which weights a recipe began with, and trains anew with others', async () => {
    const withWeights = (sha256: string): Recipe => ({
      ...standIns[5]!,
      backbone: { name: 'vgg16', cut: 'block5_pool', weights: { file: 'vgg16.h5', sha256, published: true } },
    });
    const begun = (recipe: Recipe) => study('weights', { only: [recipe.name], recipes: [recipe] });
    const first = await begun(withWeights('ab'.repeat(32)));
    expect(resultOf(first, 'vgg16-finetune').weights).toEqual({ file: 'vgg16.h5', published: true });
    const html = await readFile(join(root, 'weights', 'index.html'), 'utf8');
    expect(html).toContain('It began with the weights of vgg16.h5, as published.');
    const other = await begun(withWeights('cd'.repeat(32)));
    expect(states(other)['vgg16-finetune']).toBe('done');
    expect(resultOf(other, 'vgg16-finetune').run).toBe('runs/vgg16-finetune-2');
    expect(states(await begun(withWeights('cd'.repeat(32))))['vgg16-finetune']).toBe('kept');
  });

  it('refuses what cannot be, before it writes anything', async () => {
    await expect(study('none', { scale: 0 })).rejects.toThrow(
      /expected the scale to be a share above 0, at most 1, got 0/,
    );
    await expect(study('none', { only: ['confuson'] })).rejects.toThrow(/confuson.*confusion/);
    await expect(study('none', { only: [] })).rejects.toThrow(/--only: expected names of steps/);
    await mkdir(join(root, 'taken'));
    await writeFile(join(root, 'taken', 'thesis.txt'), 'mine');
    await expect(study('taken')).rejects.toThrow(/expected a study's folder.*thesis\.txt/);
  });
});

describe('the page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it.each([390, 1280])('opens from disk at %i pixels, asks for nothing, and shows all of it', async (width) => {
    const { page, errors, requests, close } = await newPage(browser);
    await page.setViewportSize({ width, height: 800 });
    const address = pathToFileURL(join(root, 'whole', 'index.html')).href;
    await page.goto(address);
    expect(await page.textContent('.lead')).toContain('Shortened by --scale 0.25');
    expect(await page.locator('#figures tbody tr').count()).toBe(publishedFigures.length);
    expect(await page.locator('.blank').count()).toBe(0);
    expect(await page.locator('#training .pair figure').count()).toBe(6);
    expect(await page.locator('#confusion svg').count()).toBe(1);
    expect(await page.locator('#mistakes li').count()).toBe(resultOf(whole, 'mistakes').mistakes.length);
    const plates = page.locator('#activations img');
    expect(await plates.count()).toBe(resultOf(whole, 'activations').plates.length + 1);
    const isDrawn = await plates.evaluateAll((images) => images.every((i) => (i as HTMLImageElement).naturalWidth > 0));
    expect(isDrawn).toBe(true);
    expect(await page.textContent('#neighbours')).toContain('The 15 nearest of 35 training images');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(errors).toEqual([]);
    expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([address]);
    await close();
  });
});
