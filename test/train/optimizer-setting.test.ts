import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChosenBackend, chooseBackend, parseSettings, type Recipe, recipeByName, train } from 'onward/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stripesSplit } from './datasets.js';

let folder: string;
let backend: ChosenBackend;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-optimizer-'));
  backend = await chooseBackend();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Small enough that a training takes a moment. */
const recipe: Recipe = {
  ...recipeByName('dense-gray'),
  build(tf, { shape, classes, seed }) {
    const kernelInitializer = tf.initializers.heNormal({ seed });
    const layers = [
      tf.layers.flatten({ name: 'flat', inputShape: [...shape] }),
      tf.layers.dense({ name: 'logits', units: classes, kernelInitializer }),
      tf.layers.activation({ name: 'probabilities', activation: 'softmax' }),
    ];
    return tf.sequential({ name: 'one_layer', layers });
  },
};
const split = stripesSplit(120);
const quick = (name: string, settings: readonly string[], options: Partial<Parameters<typeof train>[1]> = {}) =>
  train(split, {
    ...{ recipe, backend, out: join(folder, name), epochs: 2, batchSize: 16, version: '0.0.0' },
    settings: parseSettings(settings),
    ...options,
  });
const weightsOf = (name: string) => readFile(join(folder, name, 'model/weights.bin'));

describe('the optimizer of a training', () => {
  it("is the recipe's, and adam where that says nothing", async () => {
    expect((await quick('usual', [])).info.settings).toMatchObject({ optimizer: 'adam' });
    expect((await quick('usual', [])).info.settings).not.toHaveProperty('momentum');
    const own = await quick('own', [], { recipe: { ...recipe, optimizer: 'sgd' } });
    expect(own.info.settings).toMatchObject({ optimizer: 'sgd', momentum: 0.9, nesterov: false });
  });

  it('is what trains: each choice gives other weights, and the one that is said what is usual the same', async () => {
    const choices = [
      ['optimizer=adam'],
      ['optimizer=sgd'],
      ['optimizer=sgd', 'momentum=0.5'],
      ['optimizer=sgd', 'nesterov=true'],
    ];
    const weights: string[] = [];
    for (const [i, settings] of choices.entries()) {
      await quick(`choice${i}`, [...settings, 'learningRate=1e-2']);
      weights.push((await weightsOf(`choice${i}`)).toString('hex'));
    }
    expect(new Set(weights).size).toBe(choices.length);
    await quick('said', ['optimizer=sgd', 'momentum=0.9', 'nesterov=false', 'learningRate=1e-2']);
    expect((await weightsOf('said')).toString('hex')).toBe(weights[1]);
  });

  it('goes on as if it had never stopped, and only as what it was', async () => {
    const settings = ['optimizer=sgd', 'nesterov=true', 'learningRate=1e-2'];
    await quick('whole', settings);
    const controller = new AbortController();
    await quick('part', settings, {
      signal: controller.signal,
      onProgress: (event) => event.kind === 'step' && event.epoch === 2 && event.step === 2 && controller.abort(),
    });
    const refused = (changed: readonly string[]) => expect(quick('part', changed, { resume: true })).rejects;
    await refused(['learningRate=1e-2']).toThrow(/is of optimizer sgd, and adam was asked for/);
    await refused(settings.toSpliced(1, 1)).toThrow(/is of nesterov true, and false was asked for/);
    expect(await quick('part', settings, { resume: true })).toMatchObject({ outcome: 'resumed' });
    expect(await weightsOf('part')).toEqual(await weightsOf('whole'));
  });

  it.each([
    [['optimizer=sdg'], /unknown optimizer "sdg". Known: adam, sgd/],
    [['optimizer=sgd', 'momentum=1'], /expected momentum to be a number from 0 up and below 1, got 1/],
    [['optimizer=sgd', 'nesterov=yes'], /expected nesterov to be true or false, got "yes"/],
    [['momentum=0.5'], /momentum is a setting of the optimizer sgd, and .* is adam; give --set optimizer=sgd too/],
  ])('refuses %j', async (settings, message) => {
    await expect(async () => quick('refused', settings)).rejects.toThrow(message);
  });
});
