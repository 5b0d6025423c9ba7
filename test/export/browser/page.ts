// What a page does that converts models: bundled by the test as a user's bundler would, with no file of ours but the package's.
import * as tf from '@tensorflow/tfjs';
import { env, InferenceSession, Tensor } from 'onnxruntime-web/webgpu';
import { engines } from 'onward/engines';
import { exportClassifier, exportModel, readLayersModel, readModelBytes } from 'onward/export';
import { inspectModel, loadModel } from 'onward/model';

type Provider = 'wasm' | 'webgpu';

/** Numbers that cross between Node and the page. */
export interface Value {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

export interface Converted {
  /** Of the ONNX file. */
  readonly sha256: string;
  readonly outputs: readonly Value[];
  /** The largest difference to what TensorFlow.js predicts in this page; null where it was not asked. */
  readonly maxAbsDiff: number | null;
  readonly parameters: number;
}

env.logLevel = 'fatal';
await tf.setBackend('cpu');

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const bytesOf = async (address: string) => new Uint8Array(await (await fetch(address)).arrayBuffer());

async function run(bytes: Uint8Array, inputs: readonly Value[], provider: Provider = 'wasm'): Promise<Value[]> {
  const session = await InferenceSession.create(bytes, { executionProviders: [provider] });
  try {
    const feeds = session.inputNames.map((name, i) => {
      const { dims, values } = inputs[i]!;
      return [name, new Tensor('float32', Float32Array.from(values), dims)] as const;
    });
    const results = await session.run(Object.fromEntries(feeds));
    return session.outputNames.map((name) => {
      const { dims, data } = results[name]!;
      return { dims, values: Array.from(data as Float32Array) };
    });
  } finally {
    await session.release();
  }
}

/** Numbers that look random and are the same in every run. */
const numbers = (length: number) => Array.from({ length }, (_, i) => Math.sin(i * 12.9898));

const inputsOf = (model: tf.LayersModel): Value[] =>
  model.inputs.map(({ shape }) => {
    const dims = [2, ...(shape.slice(1) as number[])];
    return { dims, values: numbers(dims.reduce((a, b) => a * b)) };
  });

function predicted(model: tf.LayersModel, inputs: readonly Value[]): number[][] {
  return tf.tidy(() => {
    const given = inputs.map(({ dims, values }) => tf.tensor([...values], [...dims]));
    return [model.predict(given) as tf.Tensor | tf.Tensor[]].flat().map((tensor) => Array.from(tensor.dataSync()));
  });
}

const difference = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length ? a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) : Infinity;

async function compared(model: tf.LayersModel, provider?: Provider): Promise<Converted> {
  const bytes = exportModel(await readLayersModel(model), { producerVersion: '0' });
  const inputs = inputsOf(model);
  const expected = predicted(model, inputs);
  const outputs = await run(bytes, inputs, provider);
  const maxAbsDiff = Math.max(...outputs.map(({ values }, i) => difference(values, expected[i]!)));
  const { parameters } = inspectModel(bytes, { name: 'page' });
  return { sha256: await sha256(bytes), outputs, maxAbsDiff, parameters };
}

/** Two inputs, two outputs, layers that are folded and one that is called twice. */
function built(): tf.LayersModel {
  const [image, vector] = [tf.input({ shape: [12, 10, 3], name: 'image' }), tf.input({ shape: [4], name: 'vector' })];
  const layer = <T>(made: { apply(x: T): unknown }, x: T) => made.apply(x) as tf.SymbolicTensor;
  const conv = (filters: number) =>
    tf.layers.conv2d({
      filters,
      kernelSize: 3,
      padding: 'same',
      kernelInitializer: tf.initializers.heNormal({ seed: 1 }),
    });
  const dense = (units: number, activation: 'relu' | 'softmax') =>
    tf.layers.dense({ units, activation, kernelInitializer: tf.initializers.heNormal({ seed: units }) });
  const normalize = tf.layers.batchNormalization({ movingVarianceInitializer: 'ones' });
  const twice = conv(3);
  let x = layer(twice, layer(twice, image));
  x = layer(tf.layers.maxPooling2d({ poolSize: 2 }), layer(tf.layers.reLU(), layer(normalize, layer(conv(6), x))));
  const embedding = layer(dense(8, 'relu'), layer(tf.layers.flatten(), x));
  const both = layer<tf.SymbolicTensor[]>(tf.layers.concatenate(), [embedding, layer(dense(3, 'relu'), vector)]);
  return tf.model({ inputs: [image, vector], outputs: [layer(dense(5, 'softmax'), both), embedding] });
}

const page = {
  /** A model that this page made. */
  built: (provider?: Provider) => compared(built(), provider),

  /** A model.json over HTTP, loaded by TensorFlow.js. */
  served: async (address: string) => compared(await tf.loadLayersModel(address)),

  /** The same without a model: TensorFlow.js only fetches, or takes the files that somebody chose. */
  async handed(address: string): Promise<string[]> {
    const weights = address.replace('model.json', 'weights.bin');
    const files = [new File([await bytesOf(address)], 'model.json'), new File([await bytesOf(weights)], 'weights.bin')];
    const handlers = [tf.io.http(address), tf.io.browserFiles(files)];
    return Promise.all(
      handlers.map(async (handler) => sha256(exportModel(await readLayersModel(handler), { producerVersion: '0' }))),
    );
  },

  /** A Keras file. */
  async keras(address: string, inputs: readonly Value[]): Promise<Converted> {
    const bytes = exportModel(readModelBytes(await bytesOf(address), { name: address }), { producerVersion: '0' });
    const { parameters } = inspectModel(bytes, { name: address });
    return { sha256: await sha256(bytes), outputs: await run(bytes, inputs), maxAbsDiff: null, parameters };
  },

  /** What is said about a file that cannot be converted. */
  async refused(address: string): Promise<{ name: string; message: string } | undefined> {
    try {
      exportModel(readModelBytes(await bytesOf(address), { name: address }), { producerVersion: '0' });
    } catch (error) {
      const { name, message } = error as Error;
      return { name, message };
    }
  },

  /** A classifier that carries everything, loaded and run by our engine of the page. */
  async classified(): Promise<{ labels: readonly string[]; maxAbsDiff: number }> {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ inputShape: [8, 8, 1], filters: 4, kernelSize: 3, activation: 'relu' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 3, activation: 'softmax' }),
      ],
    });
    const bytes = exportClassifier(await readLayersModel(model), {
      labels: ['a', 'b', 'c'],
      input: { width: 8, height: 8, channels: 1, fit: 'contain', background: [0, 0, 0] },
      provenance: { preprocessing: [{ kind: 'scale', scale: 1 / 255, offset: 0 }] },
      producerVersion: '0',
    });
    const images = Uint8Array.from({ length: 2 * 64 }, (_, i) => (i * 37) % 256);
    const loaded = loadModel(bytes, { name: 'page' });
    const session = await engines.find(({ name }) => name === 'web-wasm')!.open(loaded);
    const actual = await session.predict(images, 2);
    await session.close();
    const inputs = [{ dims: [2, 8, 8, 1], values: Array.from(images, (value) => value / 255) }];
    return { labels: loaded.labels, maxAbsDiff: difference(Array.from(actual), predicted(model, inputs)[0]!) };
  },
};

export type Page = typeof page;
Object.assign(globalThis, { page });
