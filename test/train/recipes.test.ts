import { type ImageShape, preprocessedShape } from 'onward/model';
import { chooseBackend, formatSummary, recipes, summarize } from 'onward/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const backend = await chooseBackend();
const { tf } = backend;
beforeAll(() => tf.engine().startScope());
afterAll(() => tf.engine().endScope());

/** Of the published study, on 32x32 images of ten classes: all parameters, and those of them that are not trained. */
const published = new Map([
  ['dense-rgb', [4_413_466, 0]],
  ['dense-gray', [2_054_170, 0]],
  ['dense-regularized', [2_062_810, 4_320]],
  ['simplenet', [5_496_074, 3_968]],
  ['simplenet-augmented', [5_496_074, 3_968]],
  ['vgg16-finetune', [14_781_642, 260_160]],
]);

describe.each(recipes.map((recipe) => [recipe.name, recipe] as const))('the recipe %s', (name, recipe) => {
  const build = (image: ImageShape, classes: number, seed: number) =>
    recipe.build(tf, { shape: preprocessedShape(image, recipe.preprocessing(image)), classes, seed });
  const takes = ([, , channels]: ImageShape) => recipe.channels === undefined || recipe.channels === channels;
  const shapes = (
    [
      [28, 28, 1],
      [32, 32, 3],
      [17, 40, 3],
    ] as ImageShape[]
  ).filter(takes);

  it.each(shapes)('builds a network for %ix%ix%i that gives a probability a class', (...shape) => {
    const model = build(shape, 7, 3);
    const input = preprocessedShape(shape, recipe.preprocessing(shape));
    const output = model.predict(tf.zeros([2, ...input])) as import('@tensorflow/tfjs').Tensor;
    expect(output.shape).toEqual([2, 7]);
    const sums = output.sum(1).dataSync();
    for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
    expect(summarize(model).total).toBe(model.countParams());
    model.dispose();
  });

  it('draws its weights from the seed', () => {
    const weights = (seed: number) => {
      const model = build(shapes[0]!, 10, seed);
      const some = model
        .getWeights()
        .flatMap((weight) => Array.from(weight.flatten().slice(0, Math.min(weight.size, 20)).dataSync()));
      model.dispose();
      return some;
    };
    expect(weights(1)).toEqual(weights(1));
    expect(weights(1)).not.toEqual(weights(2));
  });

  it.runIf(published.has(name))('has exactly the parameters that were published', () => {
    const { total, trainable } = summarize(build([32, 32, 3], 10, 1));
    expect([total, total - trainable]).toEqual(published.get(name));
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
