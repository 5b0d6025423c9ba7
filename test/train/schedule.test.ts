import fc from 'fast-check';
import {
  constant,
  outOfPatience,
  parseClassWeights,
  parseSettings,
  plateauFactor,
  recipeByName,
  resolveSettings,
  scaledTo,
  stepDecay,
  sweepPoints,
  warmupCosine,
} from 'onward/train';
import { describe, expect, it } from 'vitest';
import { globPattern } from '#onward/train/freeze.js';

const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('a cosine with warm-up', () => {
  it('rises to its peak while warming up, then falls along half a cosine to zero', () => {
    const rate = warmupCosine({ peak: 0.01, warmup: 0.1 });
    expect(rate(0)).toBeGreaterThan(0);
    expect(rate(0.05)).toBeCloseTo(0.005, 10);
    expect(rate(0.1)).toBeCloseTo(0.01, 10);
    expect(rate(0.55)).toBeCloseTo(0.005, 10);
    expect(rate(1)).toBeCloseTo(0, 10);
  });

  it('is never negative and never above its peak', () => {
    fc.assert(
      fc.property(share, fc.double({ min: 0, max: 0.9, noNaN: true }), (progress, warmup) => {
        const rate = warmupCosine({ peak: 1, warmup })(progress);
        expect(rate).toBeGreaterThanOrEqual(0);
        expect(rate).toBeLessThanOrEqual(1);
      }),
    );
  });
});

it('steps fall after each share of the training, also where that is no whole number of steps', () => {
  const rate = stepDecay({ peak: 1, every: 1 / 3, factor: 0.1 });
  for (const steps of [3, 10, 30, 300]) {
    const rates = Array.from({ length: steps }, (_, i) => rate(i / steps));
    for (const level of [1, 0.1, 0.01]) {
      const found = rates.filter((r) => Math.abs(r - level) < 1e-9).length;
      expect(Math.abs(found - steps / 3)).toBeLessThan(1);
    }
  }
  expect(constant({ peak: 0.3 })(0.7)).toBe(0.3);
});

it('a scaled schedule has the form of the other one and the peak that is asked for', () => {
  fc.assert(
    fc.property(share, fc.double({ min: 1e-6, max: 1, noNaN: true }), (progress, peak) => {
      const own = warmupCosine({ peak: 2e-3, warmup: 0.05 });
      const scaled = scaledTo(own, peak);
      expect(scaled(0.05)).toBeCloseTo(peak, 10);
      expect(scaled(progress)).toBeCloseTo((own(progress) / 2e-3) * peak, 10);
    }),
  );
});

describe('on a plateau', () => {
  const plateau = { patience: 2, factor: 0.5, minDelta: 0.1 };
  it.each([
    [[], 1],
    [[1, 0.8, 0.6], 1],
    [[1, 1, 1], 0.5],
    [[1, 0.95, 0.91], 0.5],
    [[1, 1, 1, 1, 1], 0.25],
    [[1, 1, 0.5, 0.5], 1],
    [[1, 1, 1, 0.5, 0.5, 0.5], 0.25],
  ])('after the losses %j the rate is times %d', (losses, factor) => {
    expect(plateauFactor(losses, plateau)).toBe(factor);
  });

  it('patience ends when as many losses in a row were no smaller', () => {
    expect(outOfPatience([1, 1, 1], 2, 0)).toBe(true);
    expect(outOfPatience([1, 1, 0.9], 2, 0)).toBe(false);
    expect(outOfPatience([1, 0.95, 0.9], 2, 0.2)).toBe(true);
    expect(outOfPatience([1, 2, 3, 4], 0, 0)).toBe(false);
  });
});

describe('settings', () => {
  const recipe = recipeByName('small-cnn');

  it("are the recipe's, but for what is set", () => {
    const training = { backend: 'native', images: 8_000 } as const;
    const own = resolveSettings(recipe, training);
    expect(own).toMatchObject({ epochs: 20, batchSize: 32, learningRate: 2e-3, schedule: 'recipe', patience: 0 });
    expect(
      resolveSettings(recipe, training, parseSettings(['learningRate=1e-4', 'patience=5', 'schedule=step'])),
    ).toEqual({
      ...own,
      ...{ learningRate: 1e-4, patience: 5, schedule: 'step' },
    });
  });

  it.each([
    ['many images', 'native', 64_000, 20],
    ['few images', 'native', 1_600, 40],
    ['few images on WASM', 'wasm', 1_600, 12],
    ['hardly any', 'native', 40, 100],
  ] as const)('as many epochs as a training needs to get somewhere: %s', (_, backend, images, epochs) => {
    expect(resolveSettings(recipe, { backend, images }).epochs).toBe(epochs);
    expect(resolveSettings(recipe, { backend, images }, { epochs: 3 }).epochs).toBe(3);
  });

  it.each([
    ['learningRate', /expected <setting>=<value>, got "learningRate"/],
    ['learningrate=1', /unknown setting "learningrate": did you mean learningRate/],
    ['constructor=1', /unknown setting "constructor"/],
    ['learningRate=fast', /expected learningRate to be a number above 0, got "fast"/],
    ['learningRate=', /expected learningRate to be a number above 0, got ""/],
    ['learningRate=0', /a number above 0, got 0/],
    ['epochs=1.5', /a whole number from 1 up, got 1.5/],
    ['labelSmoothing=1', /from 0 up and below 1, got 1/],
    ['schedule=cosin', /unknown schedule "cosin": did you mean cosine/],
  ])('refuse %s', (text, message) => {
    expect(() => parseSettings([text])).toThrow(message);
  });

  it('class weights are balanced or named', () => {
    expect(parseClassWeights('balanced')).toBe('balanced');
    expect(parseClassWeights('left=2, a=b=0.5')).toEqual({ left: 2, 'a=b': 0.5 });
    for (const text of ['', 'left', 'left=', 'left=much']) {
      expect(() => parseClassWeights(text)).toThrow(/expected balanced, or <class>=<weight>/);
    }
  });
});

it.each([
  ['block[12]*', ['block1_conv', 'block2'], ['block3', 'xblock1', 'block']],
  ['conv?', ['conv1'], ['conv', 'conv12']],
  ['a.b(c)', ['a.b(c)'], ['axb(c)']],
  ['[!x]*', ['abc'], ['xbc']],
  ['*', ['anything', ''], []],
])('the glob %s fits what it would in a shell', (glob, fits, others) => {
  for (const name of fits) expect(globPattern(glob).test(name)).toBe(true);
  for (const name of others) expect(globPattern(glob).test(name)).toBe(false);
});

it('a sweep has every combination, named by what varies', () => {
  const recipes = [recipeByName('small-cnn'), recipeByName('dense-gray')];
  const points = sweepPoints(recipes, ['learningRate=1e-3,3e-4', 'patience=2', 'mixup=0,0.2']);
  expect(points).toHaveLength(8);
  expect(points[1]).toMatchObject({
    name: 'small-cnn_learningRate=1e-3_mixup=0.2',
    settings: { learningRate: 1e-3, patience: 2, mixup: 0.2 },
  });
  expect(new Set(points.map(({ name }) => name)).size).toBe(8);
  expect(sweepPoints(recipes, []).map(({ name }) => name)).toEqual(['small-cnn', 'dense-gray']);
  expect(() => sweepPoints(recipes, ['learningRate=1e-3,fast'])).toThrow(/got "fast"/);
  expect(() => sweepPoints(recipes, ['learningRate'])).toThrow(/expected <setting>=<value>/);
});
