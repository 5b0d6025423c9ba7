import { chooseBackend, formatSummary, recipes, summarize } from 'onward/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const backend = await chooseBackend();
const { tf } = backend;
beforeAll(() => tf.engine().startScope());
afterAll(() => tf.engine().endScope());

describe.each(recipes.map((recipe) => [recipe.name, recipe] as const))('the recipe %s', (name, recipe) => {
  const shapes = [
    [28, 28, 1],
    [64, 64, 3],
    [17, 40, 3],
  ] as const;

  it.each(shapes)('builds a network for %ix%ix%i that gives a probability a class', (...shape) => {
    const model = recipe.build(tf, { shape, classes: 7, seed: 3 });
    const output = model.predict(tf.zeros([2, ...shape])) as import('@tensorflow/tfjs').Tensor;
    expect(output.shape).toEqual([2, 7]);
    const sums = output.sum(1).dataSync();
    for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
    expect(summarize(model).total).toBe(model.countParams());
  });

  it('draws its weights from the seed', () => {
    const weights = (seed: number) =>
      recipe
        .build(tf, { shape: [28, 28, 1], classes: 10, seed })
        .getWeights()
        .flatMap((weight) => Array.from(weight.dataSync()).slice(0, 50));
    expect(weights(1)).toEqual(weights(1));
    expect(weights(1)).not.toEqual(weights(2));
  });

  it('is described, and has a schedule that stays positive until the end', () => {
    expect(name).toMatch(/^[a-z0-9-]+$/);
    expect(recipe.description.length).toBeGreaterThan(20);
    for (const progress of [0, 0.3, 0.99]) expect(recipe.learningRate(progress)).toBeGreaterThan(0);
  });
});

it('prints the layer table as Keras does', () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ name: 'a', units: 1000, inputShape: [3] }), tf.layers.batchNormalization({ name: 'b' })],
  });
  const text = formatSummary(summarize(model));
  expect(text).toContain('a (Dense)               (None, 1000)');
  expect(text).toContain('Total params: 8,000');
  expect(text).toContain('Trainable params: 6,000');
  expect(text).toContain('Non-trainable params: 2,000');
});
