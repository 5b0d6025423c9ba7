import type { SymbolicTensor, Tensor, LayersModel as TfModel } from '@tensorflow/tfjs';
import { type ModelOptions, modelGraph } from 'onward/export';
import { importPeer } from 'onward/machine';
import { encodeModel, type Graph } from 'onward/model';
import { describe, expect, it } from 'vitest';
import { classifierGraph } from '#onward/export/classifier.js';
import { optionsFor } from './classifiers.js';
import { layersOf, numbers, operatorsOf, relativeDifference, tf, withWeights } from './networks.js';

const ort = await importPeer('onnxruntime-node');
const { layers } = tf;
type Appliable = { apply(x: SymbolicTensor): unknown };
const chain = (input: SymbolicTensor, ...given: Appliable[]) =>
  given.reduce((x, layer) => layer.apply(x) as SymbolicTensor, input);

/** An image classifier with a model in it. */
function nested(): TfModel {
  const inside = tf.input({ shape: [8, 6, 4], name: 'inside' });
  const inner = tf.model({
    name: 'inner',
    inputs: inside,
    outputs: chain(
      inside,
      layers.conv2d({ name: 'deep', filters: 5, kernelSize: 3, activation: 'relu' }),
      layers.batchNormalization({ name: 'norm' }),
      layers.conv2d({ name: 'last', filters: 3, kernelSize: 1 }),
    ),
  });
  const input = tf.input({ shape: [8, 6, 3], name: 'photo' });
  const outputs = chain(
    input,
    layers.conv2d({ name: 'first', filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }),
    inner,
    layers.flatten({ name: 'flat' }),
    layers.dense({ name: 'hidden', units: 7, activation: 'relu' }),
    layers.dropout({ name: 'drop', rate: 0.5 }),
    layers.dense({ name: 'scores', units: 3, activation: 'softmax' }),
  );
  return withWeights(tf.model({ inputs: input, outputs }));
}

/** What a graph gives for an image, each output by its name. */
async function run(graph: Graph, values: Float32Array | Uint8Array, dims: readonly number[]) {
  const session = await ort.InferenceSession.create(encodeModel(graph, [], ''), { logSeverityLevel: 4 });
  const tensor =
    values instanceof Float32Array ? new ort.Tensor('float32', values, dims) : new ort.Tensor('uint8', values, dims);
  const results = await session.run({ [graph.inputs[0]!.name]: tensor });
  await session.release();
  return results;
}

const dims = [2, 8, 6, 3];
const photo = numbers(6, 2 * 8 * 6 * 3);

/** What TensorFlow.js gives at inner layers. */
function expectedOf(model: TfModel, names: readonly string[]): Tensor[] {
  const outputs = names.map((name) => model.getLayer(name).output as SymbolicTensor);
  return [tf.model({ inputs: model.inputs, outputs }).predict(tf.tensor(photo, dims))].flat();
}

const write = async (model: TfModel, options: ModelOptions) => modelGraph(await layersOf(model), options);

describe('outputs', () => {
  it("are inner layers in place of the model's own, in its layout, and nothing behind them is written", async () => {
    const model = nested();
    const names = ['hidden', 'first', 'flat'];
    const graph = await write(model, { outputs: names });
    expect(graph.outputs.map(({ name, dims }) => [name, ...dims])).toEqual([
      ['hidden', 'N', 7],
      ['first', 'N', 8, 6, 4],
      ['flat', 'N', 72],
    ]);
    expect(operatorsOf(graph)).not.toContain('Softmax');
    const results = await run(graph, photo, dims);
    for (const [i, expected] of expectedOf(model, names).entries()) {
      const { data, dims } = results[names[i]!]!;
      expect(dims).toEqual(expected.shape);
      expect(relativeDifference(data as Float32Array, expected.dataSync<'float32'>())).toBeLessThanOrEqual(1e-6);
    }
  });

  it('of a model in the model are named by their path', async () => {
    const model = nested();
    const inner = model.getLayer('inner') as unknown as TfModel;
    const graph = await write(model, { outputs: ['inner/deep', 'scores'] });
    expect(graph.outputs[0]!.dims).toEqual(['N', 6, 4, 5]);
    const results = await run(graph, photo, dims);
    const [first, scores] = expectedOf(model, ['first', 'scores']);
    const deep = tf.model({ inputs: inner.inputs, outputs: inner.getLayer('deep').output }).predict(first!) as Tensor;
    for (const [name, expected] of [
      ['inner/deep', deep],
      ['scores', scores!],
    ] as const) {
      const actual = results[name]!.data as Float32Array;
      expect(relativeDifference(actual, expected.dataSync<'float32'>())).toBeLessThanOrEqual(1e-6);
    }
  });

  it('need no handler for what comes after them', async () => {
    const model = await layersOf(nested());
    const strange = model.layers.map((layer) => (layer.name === 'drop' ? { ...layer, className: 'Lambda' } : layer));
    expect(() => modelGraph({ ...model, layers: strange })).toThrow(
      'there is no handler for the layer "drop" (Lambda)',
    );
    expect(modelGraph({ ...model, layers: strange }, { outputs: ['hidden'] }).outputs[0]!.name).toBe('hidden');
  });

  it('that no layer has are refused with the nearest names', async () => {
    await expect(write(nested(), { outputs: ['inner/dep'] })).rejects.toThrow(
      /^there is no layer "inner\/dep" to give as an output; the nearest names are "inner\/deep", /,
    );
  });
});

describe('layouts', () => {
  it('channels first, an image enters and leaves as ONNX has it', async () => {
    const model = nested();
    const outputs = ['first', 'scores'];
    const graph = await write(model, { inputLayout: 'channels-first', outputLayout: 'channels-first', outputs });
    expect(graph.inputs[0]!.dims).toEqual(['N', 3, 8, 6]);
    expect(graph.outputs.map(({ dims }) => dims)).toEqual([
      ['N', 4, 8, 6],
      ['N', 3],
    ]);
    expect(operatorsOf(graph)).not.toContain('Transpose');
    const turned = tf.tensor4d(photo, dims as [number, number, number, number]).transpose([0, 3, 1, 2]);
    const results = await run(graph, turned.dataSync<'float32'>(), [2, 3, 8, 6]);
    const [first, scores] = expectedOf(model, outputs);
    const expected = [first!.transpose([0, 3, 1, 2]), scores!];
    for (const [i, name] of outputs.entries()) {
      const actual = results[name]!.data as Float32Array;
      expect(relativeDifference(actual, expected[i]!.dataSync<'float32'>())).toBeLessThanOrEqual(1e-6);
    }
  });
});

describe('a classifier', () => {
  it('gives its embedding and inner layers beside the probabilities', async () => {
    const model = nested();
    const options = { ...optionsFor(model), provenance: { preprocessing: [] }, outputs: ['embedding', 'inner/deep'] };
    const graph = classifierGraph(await layersOf(model), options);
    expect(graph.outputs.map(({ name, dims }) => [name, ...dims])).toEqual([
      ['probabilities', 'N', 3],
      ['embedding', 'N', 72],
      ['inner/deep', 'N', 6, 4, 5],
    ]);
    const images = Uint8Array.from(photo, (x) => Math.round((x + 1) * 100));
    const results = await run(graph, images, dims);
    const names = ['scores', 'flat'];
    const given = names.map((name) => model.getLayer(name).output as SymbolicTensor);
    const [scores, flat] = tf
      .model({ inputs: model.inputs, outputs: given })
      .predict(tf.tensor(Float32Array.from(images), dims)) as Tensor[];
    for (const [name, expected] of [
      ['probabilities', scores!],
      ['embedding', flat!],
    ] as const) {
      const actual = results[name]!.data as Float32Array;
      expect(relativeDifference(actual, expected.dataSync<'float32'>())).toBeLessThanOrEqual(1e-5);
    }
  });

  it.each<[string, () => Appliable[], number[]]>([
    [
      'what pools a convolutional base',
      () => [
        layers.conv2d({ filters: 6, kernelSize: 3 }),
        layers.globalAveragePooling2d({}),
        layers.dense({ units: 9 }),
        layers.dense({ units: 3 }),
      ],
      [6],
    ],
    [
      'what the last of dense layers takes',
      () => [
        layers.flatten(),
        layers.dense({ units: 9 }),
        layers.dropout({ rate: 0.2 }),
        layers.dense({ units: 3 }),
        layers.softmax(),
      ],
      [9],
    ],
  ])('has as its embedding %s', async (_, build, shape) => {
    const input = tf.input({ shape: [5, 5, 1] });
    const model = withWeights(tf.model({ inputs: input, outputs: chain(input, ...build()) }));
    const graph = classifierGraph(await layersOf(model), { ...optionsFor(model), outputs: ['embedding'] });
    expect(graph.outputs[1]!.dims).toEqual(['N', ...shape]);
  });

  it.each<[string, () => Appliable[]]>([
    ['one dense layer over the image alone', () => [layers.flatten(), layers.dense({ units: 3 })]],
    [
      'no dense layer',
      () => [layers.conv2d({ filters: 3, kernelSize: 3 }), layers.globalAveragePooling2d({}), layers.softmax()],
    ],
  ])('has none with %s', async (_, build) => {
    const input = tf.input({ shape: [5, 5, 1] });
    const model = withWeights(tf.model({ inputs: input, outputs: chain(input, ...build()) }));
    const read = await layersOf(model);
    expect(() => classifierGraph(read, { ...optionsFor(model), outputs: ['embedding'] })).toThrow(
      'known to be its embedding',
    );
  });
});
