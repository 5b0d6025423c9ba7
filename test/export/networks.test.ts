import type { SymbolicTensor, LayersModel as TfModel } from '@tensorflow/tfjs';
import { classifierGraph, exportClassifier } from 'onward/export';
import { type Graph, preprocessedShape } from 'onward/model';
import { recipes } from 'onward/train';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { exported, type Images, optionsFor, parityOf } from './classifiers.js';
import { filesOf, layersOf, operatorsOf, tf, withWeights } from './networks.js';

const { layers } = tf;
type Image = [number, number, 1 | 3];

const apply = (layer: { apply(x: SymbolicTensor | SymbolicTensor[]): unknown }, x: SymbolicTensor | SymbolicTensor[]) =>
  layer.apply(x) as SymbolicTensor;

/** A model of one input, from what stands between it and the class scores. */
function functional(shape: Image, body: (x: SymbolicTensor) => SymbolicTensor): TfModel {
  const input = tf.input({ shape });
  return withWeights(tf.model({ inputs: input, outputs: body(input) }));
}

const classes = (activation: 'softmax' | 'linear' = 'softmax') => layers.dense({ units: 4, activation });

const networks: { readonly [name: string]: () => TfModel } = {
  'dense layers on the flattened image': () =>
    withWeights(
      tf.sequential({
        layers: [
          layers.flatten({ inputShape: [9, 8, 3] }),
          layers.dense({ units: 20, useBias: false }),
          layers.batchNormalization(),
          layers.reLU(),
          layers.dropout({ rate: 0.5 }),
          classes(),
        ],
      }),
    ),
  'a convolution flattened into a dense layer': () =>
    withWeights(
      tf.sequential({
        layers: [
          layers.conv2d({ inputShape: [9, 7, 3], filters: 5, kernelSize: 3, activation: 'relu' }),
          layers.flatten(),
          classes(),
        ],
      }),
    ),
  'batch norm of a flattened image': () =>
    functional([7, 6, 1], (x) => {
      const flat = apply(layers.flatten(), apply(layers.conv2d({ filters: 5, kernelSize: 3 }), x));
      return apply(classes(), apply(layers.batchNormalization(), flat));
    }),
  'residual blocks with a shared convolution': () =>
    functional([8, 8, 3], (x) => {
      const shared = layers.conv2d({ filters: 6, kernelSize: 3, padding: 'same', activation: 'relu' });
      const first = apply(layers.conv2d({ filters: 6, kernelSize: 3, padding: 'same' }), x);
      const norm = apply(layers.batchNormalization(), first);
      // The second call takes what the first gave.
      const once = apply(layers.add(), [norm, apply(shared, norm)]);
      const twice = apply(layers.add(), [once, apply(shared, once)]);
      return apply(classes(), apply(layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }), twice));
    }),
  'branches that add the image itself': () =>
    functional([6, 6, 3], (x) => {
      const conv = () => apply(layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' }), x);
      const sum = apply(layers.add(), [x, conv(), conv()]);
      return apply(classes(), apply(layers.flatten(), sum));
    }),
  'depthwise and separable convolutions': () =>
    withWeights(
      tf.sequential({
        layers: [
          layers.conv2d({ inputShape: [12, 11, 3], filters: 8, kernelSize: 3, strides: 2, padding: 'same' }),
          layers.batchNormalization(),
          layers.activation({ activation: 'relu6' }),
          layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', useBias: false, depthMultiplier: 2 }),
          layers.batchNormalization(),
          layers.reLU({ maxValue: 6 }),
          layers.separableConv2d({ filters: 10, kernelSize: 3, useBias: false }),
          layers.batchNormalization(),
          layers.leakyReLU({ alpha: 0.1 }),
          layers.globalMaxPooling2d({ dataFormat: 'channelsLast' }),
          classes(),
        ],
      }),
    ),
  'logits at the end': () => functional([6, 6, 1], (x) => apply(classes('linear'), apply(layers.flatten(), x))),
  'a softmax layer at the end, dropped out': () =>
    functional([6, 6, 1], (x) => {
      const scores = apply(layers.dense({ units: 5 }), apply(layers.flatten(), x));
      return apply(layers.dropout({ rate: 0.1 }), apply(layers.softmax({ axis: -1 }), scores));
    }),
  'names that the graph itself uses': () =>
    functional([6, 6, 3], (x) => {
      const conv = apply(layers.conv2d({ name: 'image', filters: 4, kernelSize: 3 }), x);
      const flat = apply(layers.flatten({ name: 'preprocessing/float' }), conv);
      return apply(layers.dense({ name: 'probabilities', units: 4, activation: 'softmax' }), flat);
    }),
};

let worst = 0;
const measure = async (model: TfModel, count?: number, images?: Images) => {
  const difference = await parityOf(model, count, images);
  worst = Math.max(worst, difference);
  return difference;
};

/** The nodes of a graph that the exporter promises to leave out. */
const unwanted = (graph: Graph) =>
  operatorsOf(graph).filter((op) => ['Dropout', 'Identity', 'BatchNormalization'].includes(op));

function deadConstants(graph: Graph): string[] {
  const taken = new Set(graph.nodes.flatMap((node) => node.inputs));
  return [...graph.initializers.keys()].filter((name) => !taken.has(name));
}

let models: TfModel[] = [];
const made = (model: TfModel) => {
  models.push(model);
  return model;
};
afterEach(() => {
  for (const model of models) model.dispose();
  models = [];
});
afterAll(() => console.log(`networks: max |Δp| ${worst}`));

describe('a network', () => {
  it.each(Object.entries(networks))('with %s predicts the same', async (_, build) => {
    const model = made(build());
    expect(await measure(model)).toBeLessThanOrEqual(1e-5);
    const graph = classifierGraph(await layersOf(model), optionsFor(model));
    expect(deadConstants(graph)).toEqual([]);
    expect(operatorsOf(graph).filter((op) => op === 'Softmax')).toHaveLength(1);
    expect(operatorsOf(graph).filter((op) => op === 'Transpose').length).toBeLessThanOrEqual(1);
  });

  it('keeps the kernel of a shared layer once', async () => {
    const model = made(networks['residual blocks with a shared convolution']!());
    const { nodes } = classifierGraph(await layersOf(model), optionsFor(model));
    const kernels = nodes.filter(({ op }) => op === 'Conv').map(({ inputs }) => inputs[1]);
    expect(kernels).toHaveLength(3);
    expect(new Set(kernels).size).toBe(2);
  });

  it('that is deeper than functions can call each other is read', async () => {
    const deep = Array.from({ length: 20_000 }, (_, i) => layers.reLU({ name: `relu_${i}` }));
    const one = made(
      functional([4, 4, 1], (x) => apply(classes(), apply(layers.flatten(), apply(layers.reLU({ name: 'relu' }), x)))),
    );
    const model = await layersOf(one);
    const relu = model.layers.find(({ name }) => name === 'relu')!;
    const chain = deep.map(({ name }, i) => ({
      ...relu,
      name,
      calls: i === 0 ? relu.calls : [[{ layer: `relu_${i - 1}`, call: 0, output: 0 }]],
    }));
    const last = { ...relu, calls: [[{ layer: 'relu_19999', call: 0, output: 0 }]] };
    const others = model.layers.filter((layer) => layer !== relu);
    const graph = classifierGraph({ ...model, layers: [...others, ...chain, last] }, optionsFor(one));
    expect(graph.nodes.filter(({ op }) => op === 'Relu')).toHaveLength(20_001);
  });
});

/** Batch norm that no layer can take: a relu stands before it, and zeros are put around the image after it. */
const normsLeft = new Map([
  ['simplenet', 9],
  ['simplenet-augmented', 9],
]);

describe.each(recipes.map((recipe) => [recipe.name, recipe] as const))('the recipe %s', (name, recipe) => {
  const isHeavy = ['simplenet', 'simplenet-augmented', 'vgg16-finetune'].includes(name);
  const build = (shape: Image) => {
    const steps = recipe.preprocessing(shape);
    const spec = { shape: preprocessedShape(shape, steps), classes: 10, seed: 1 };
    return { model: made(withWeights(recipe.build(tf, spec))), images: { shape, steps } };
  };
  const shapes: Image[] = [
    [28, 28, 1],
    [32, 32, 3],
    [37, 21, 3],
  ];
  const taken = shapes.filter(([, , channels]) => (recipe.channels ?? channels) === channels);

  it.each(isHeavy ? [[32, 32, 3] as Image] : taken)(
    'on images of %ix%ix%i predicts the same, in a graph without what is not needed',
    async (...shape) => {
      const { model, images } = build(shape);
      expect(await measure(model, isHeavy ? 4 : 32, images)).toBeLessThanOrEqual(1e-5);
      const graph = classifierGraph(await layersOf(model), optionsFor(model, images));
      expect(unwanted(graph)).toEqual(Array(normsLeft.get(name) ?? 0).fill('BatchNormalization'));
      expect(deadConstants(graph)).toEqual([]);
      const [, , channels] = preprocessedShape(shape, images.steps);
      const isFlat = model.layers[1]!.getClassName() === 'Flatten';
      const moves = isFlat ? [] : [channels === 1 ? 'Reshape' : 'Transpose'];
      expect(operatorsOf(graph).filter((op) => op === 'Transpose' || op === 'Reshape')).toEqual(moves);
      expect(graph.inputs).toEqual([{ name: 'image', type: 'uint8', dims: ['N', ...shape] }]);
      expect(graph.outputs).toEqual([{ name: 'probabilities', type: 'float32', dims: ['N', 10] }]);
    },
  );

  it.skipIf(isHeavy)('gives the same bytes twice, also when its files list the layers in another order', async () => {
    const { model, images } = build(taken[0]!);
    const bytes = await exported(model, images);
    expect(Buffer.compare(await exported(model, images), bytes)).toBe(0);
    const { layers: all, ...rest } = await layersOf(model);
    const again = exportClassifier({ ...rest, layers: all.toReversed() }, optionsFor(model, images));
    expect(Buffer.compare(again, bytes)).toBe(0);
    expect((await filesOf(model)).json).toHaveProperty('modelTopology');
  });
});
