import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backbones, chooseBackend, fineTuned, parseSettings, recipeByName, train } from 'onward/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adjusted } from '#onward/train/settings/index.js';
import { stripesSplit } from './datasets.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-adjusted-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const own = { augment: 'recipe', preprocess: 'recipe' };
const names = (recipe: ReturnType<typeof adjusted>, shape: [number, number, 1 | 3]) =>
  recipe.preprocessing(shape).map(({ kind }) => kind);

describe('a recipe with another augmentation or preprocessing', () => {
  const recipe = recipeByName('small-cnn');

  it('is itself where nobody wants another', () => {
    expect(adjusted(recipe, own)).toEqual(recipe);
  });

  it('takes what is asked for', () => {
    expect(adjusted(recipe, { ...own, augment: 'none' }).augmentation([32, 32, 3])).toEqual([]);
    const digits = adjusted(recipe, { ...own, augment: 'digits' }).augmentation([64, 64, 3]);
    expect(digits.map(({ name }) => name)).toEqual(['affine', 'channelShift', 'invert']);
    expect(names(adjusted(recipe, { ...own, preprocess: 'standardize' }), [8, 8, 1])).toEqual(['standardize']);
    const gray = adjusted(recipe, { ...own, preprocess: 'gray-contrast' });
    expect(names(gray, [8, 8, 3])).toEqual(['grayscale', 'contrast', 'scale']);
    expect(names(gray, [8, 8, 1])).toEqual(['contrast', 'scale']);
  });

  it('keeps the preprocessing of weights that were trained with it', () => {
    const backbone = fineTuned(backbones[0]!, { weights: undefined, cut: undefined, unfreezes: true });
    expect(() => adjusted(backbone, { ...own, preprocess: 'unit' })).toThrow(/preprocess=unit: .* leave it out/);
    expect(adjusted(backbone, { ...own, augment: 'none' }).augmentation([32, 32, 3])).toEqual([]);
  });

  it('is trained so, and its run says so', async () => {
    const backend = await chooseBackend();
    const settings = parseSettings(['augment=none', 'preprocess=standardize']);
    const run = await train(stripesSplit(60), { recipe, backend, out: join(folder, 'run'), epochs: 1, settings });
    expect(run.info).toMatchObject({
      preprocessing: [{ kind: 'standardize' }],
      augmentation: [],
      settings: { augment: 'none', preprocess: 'standardize' },
    });
    const again = { recipe, backend, out: join(folder, 'run'), epochs: 1, resume: true } as const;
    await expect(train(stripesSplit(60), again)).rejects.toThrow(/preprocess/);
  });

  it('is refused in words for what there is not', () => {
    expect(() => parseSettings(['augment=digit'])).toThrow(/augment.*digit.*digits/);
  });
});
