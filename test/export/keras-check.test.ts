import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tensor } from '@tensorflow/tfjs';
import { type Layer, type LayersModel, tensorflowFiles } from 'onward/export';
import { describe, expect, it, vi } from 'vitest';
import { readModelFile } from '#onward/export/index.node.js';
import { tensorflowClasses } from '#onward/export/write/tensorflow-classes.js';
import { relativeDifference, tf } from './networks.js';

const folder = 'test/export/keras/files';

interface Expected {
  readonly inputs: readonly { dims: number[]; values: number[] }[];
  readonly outputs: readonly { dims: number[]; values: number[] }[];
}

/** Why TensorFlow.js is not asked about these. */
const reasons: ReadonlyMap<string, RegExp> = new Map([
  ['activations', /^TensorFlow\.js has no activation celu \("celu"\)$/],
  ['attentions', /^TensorFlow\.js has no MultiHeadAttention \("own"\)$/],
  ['blocks', /^TensorFlow\.js has no keras\.ops\.Add \("add"\)$/],
  ['cells', /^TensorFlow\.js knows no reset_after \("one", RNN\)$/],
  ['functions', /^TensorFlow\.js has no keras\.ops\.Absolute \("absolute"\)$/],
  ['lambdas', /^TensorFlow\.js has no keras\.ops\.Add \("tf\.__operators__\.add"\)$/],
  ['masks', /^TensorFlow\.js knows no reset_after \("both", GRU\)$/],
  ['normalizations', /^TensorFlow\.js has no Normalization \("known"\)$/],
  ['operators', /^TensorFlow\.js has no keras\.ops\.Add \("add"\)$/],
  ['randoms', /^TensorFlow\.js knows one scale for all channels \("rescaling", Rescaling\)$/],
  ['recurrent', /^TensorFlow\.js knows no reset_after \("gru", GRU\)$/],
  ['resizings', /^TensorFlow\.js knows no groups \("conv", Conv2D\)$/],
  ['sequences', /^TensorFlow\.js knows no causal padding \("causal", Conv1D\)$/],
  ['volumes', /^TensorFlow\.js has no ZeroPadding3D \("padded"\)$/],
]);

const files = (await readdir(folder)).filter(
  (name) => /\.(h5|keras)$/.test(name) && !/^(only|plain|dense-links|custom)\./.test(name),
);

// TensorFlow.js says of every initial state that it keeps it among the inputs.
vi.spyOn(console, 'warn').mockImplementation(() => {});

async function load(model: LayersModel) {
  const found = tensorflowFiles(model);
  if (!('files' in found)) throw new Error(found.reason);
  const { json, weights } = found.files;
  const { modelTopology, weightsManifest } = json as {
    modelTopology: object;
    weightsManifest: [{ weights: import('@tensorflow/tfjs').io.WeightsManifestEntry[] }];
  };
  const weightData = new Uint8Array(weights).buffer;
  return tf.loadLayersModel({
    load: async () => ({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData }),
  });
}

describe('a Keras file as TensorFlow.js takes it', () => {
  it.each(files)('%s predicts there what Keras predicts, or it is said why not', async (name) => {
    const { model } = await readModelFile(join(folder, name));
    const reason = reasons.get(name.split('.')[0]!);
    if (reason) {
      expect(tensorflowFiles(model)).toEqual({ reason: expect.stringMatching(reason) });
      return;
    }
    const { inputs, outputs }: Expected = JSON.parse(
      await readFile(join(folder, name.replace(/\..*$/, '.expected')), 'utf8'),
    );
    const loaded = await load(model);
    const given = inputs.map(({ dims, values }) => tf.tensor(values, dims));
    const actual = [loaded.predict(given)].flat() as Tensor[];
    for (const [i, { values }] of outputs.entries()) {
      const difference = relativeDifference(actual[i]!.dataSync<'float32'>(), Float32Array.from(values));
      expect(difference).toBeLessThan(name.startsWith('half') ? 1e-3 : 1e-5);
    }
    loaded.dispose();
  });

  const bare = { weights: new Map(), calls: [[{ layer: 'x', call: 0, output: 0 }]] };
  const oneLayer = (className: string, config: Layer['config']): LayersModel => {
    const input = {
      ...bare,
      className: 'InputLayer',
      name: 'x',
      config: { batch_shape: [null, 6, 4, 3] },
      calls: [[]],
    };
    const ends = ['x', 'it'].map((layer) => [{ layer, call: 0, output: 0 }]);
    const layers = [input, { ...bare, className, name: 'it', config }];
    return { name: 'one', origin: 'keras-3', layers, inputs: ends[0]!, outputs: ends[1]! };
  };

  it.each<[string, Layer['config'], RegExp]>([
    ['UpSampling2D', { interpolation: 'bilinear' }, /interpolates otherwise than Keras \("it", UpSampling2D\)/],
    ['Resizing', { height: 2, width: 2 }, /computes it otherwise than Keras/],
    ['DepthwiseConv2D', { dilation_rate: [2, 2] }, /does not dilate it/],
    ['Concatenate', { axis: -2 }, /joins along another axis/],
    ['GlobalAveragePooling1D', { data_format: 'channels_first' }, /computes channels_first otherwise/],
    ['ReLU', { threshold: 1 }, /knows a ceiling only/],
    ['Dense', { activation: 'hard_sigmoid_keras_3' }, /no activation hard_sigmoid_keras_3/],
  ])('is none of %s %j', (className, config, reason) => {
    expect(tensorflowFiles(oneLayer(className, config))).toEqual({ reason: expect.stringMatching(reason) });
  });

  it('is one of a pooling that keeps its axes, and of layers that do nothing', async () => {
    const model = await load(oneLayer('GlobalMaxPooling2D', { keepdims: true }));
    const x = tf.randomUniform([2, 6, 4, 3], -1, 1, 'float32', 1);
    const pooled = model.predict(x) as Tensor;
    expect(pooled.shape).toEqual([2, 1, 1, 3]);
    expect([...pooled.dataSync()]).toEqual([...tf.max(x, [1, 2]).dataSync()]);
    const other = (await load(oneLayer('RandomRotation', { factor: 0.5 }))).predict(x) as Tensor;
    expect([...other.dataSync()]).toEqual([...x.dataSync()]);
  });

  it('knows the classes that TensorFlow.js has', () => {
    const isLayer = (made: unknown): boolean =>
      made === tf.layers.Layer || (typeof made === 'function' && isLayer(Object.getPrototypeOf(made)));
    const theirs = Object.entries(tf.serialization.SerializationMap.getMap().classNameMap)
      .filter(([, [made]]) => isLayer(made))
      .map(([name]) => name);
    expect([...tensorflowClasses].sort()).toEqual(theirs.sort());
  });
});
