import type { SymbolicTensor, LayersModel as TfModel } from '@tensorflow/tfjs';
import { exportModel, type Layer, type LayersModel, modelGraph } from 'onward/export';
import { importPeer } from 'onward/machine';
import type { Graph } from 'onward/model';
import { layersOf, numbers, relativeDifference, tf, withWeights } from './networks.js';

const ort = await importPeer('onnxruntime-node');
/** ONNX Runtime, of Node or of browsers. */
export type Runtime = Pick<typeof ort, 'InferenceSession' | 'Tensor'>;

/** The layer classes that recurrent.test.ts has cases of, and layers.test.ts has not. */
export const recurrentClasses: ReadonlySet<string> = new Set([
  ...['ConvLSTM2D', 'GRU', 'LSTM', 'RNN', 'SimpleRNN', 'Bidirectional', 'TimeDistributed'],
  ...['ConvLSTM2DCell', 'GRUCell', 'LSTMCell', 'SimpleRNNCell', 'StackedRNNCells'],
]);

/** A layer whose types say less than it can take. */
type Appliable = { apply(x: SymbolicTensor | SymbolicTensor[]): unknown };

/** A model of what `build` makes of its inputs, with weights under which a state fades, as after training. */
export function modelOf(
  shapes: readonly (readonly number[])[],
  build: (...inputs: SymbolicTensor[]) => SymbolicTensor | SymbolicTensor[],
  seed = 1,
): TfModel {
  const inputs = shapes.map((shape) => tf.input({ shape: [...shape] }));
  const model = withWeights(tf.model({ inputs, outputs: build(...inputs) }), seed);
  const weights = model.getWeights();
  const tamed = model.weights.map(({ originalName }, i) =>
    originalName.endsWith('recurrent_kernel') ? tf.mul(weights[i]!, 0.5) : weights[i]!,
  );
  model.setWeights(tamed);
  return model;
}

export const apply = (layer: Appliable, ...x: SymbolicTensor[]) =>
  layer.apply(x.length === 1 ? x[0]! : x) as SymbolicTensor;
export const applyAll = (layer: Appliable, ...x: SymbolicTensor[]) =>
  [layer.apply(x.length === 1 ? x[0]! : x)].flat() as SymbolicTensor[];

export const graphOfModel = async (model: TfModel): Promise<Graph> => modelGraph(await layersOf(model));

const place = (layer: string) => ({ layer, call: 0, output: 0 });

/** A layers model of one layer and its inputs: of a class or a setting of which TensorFlow.js makes no model. */
export function modelOfOne(
  layer: Pick<Layer, 'className' | 'config'> & Partial<Pick<Layer, 'weights' | 'wrapped'>>,
  shapes: readonly (readonly number[])[],
  outputs = 1,
): LayersModel {
  const inputs = shapes.map(
    (shape, i): Layer => ({
      className: 'InputLayer',
      name: `input${i}`,
      config: { batch_input_shape: [null, ...shape] },
      calls: [[]],
      weights: new Map(),
    }),
  );
  const ends = inputs.map(({ name }) => place(name));
  return {
    name: 'one',
    layers: [...inputs, { weights: new Map(), ...layer, name: 'it', calls: [ends] }],
    inputs: ends,
    outputs: Array.from({ length: outputs }, (_, output) => ({ ...place('it'), output })),
  };
}

/** What ONNX Runtime gives for a model: each output's numbers. */
export async function run(
  model: LayersModel,
  feeds: readonly { dims: readonly number[]; values: Float32Array }[],
  runtime: Runtime = ort,
): Promise<{ dims: readonly number[]; values: Float32Array }[]> {
  const bytes = exportModel(model, { producerVersion: '0' });
  const session = await runtime.InferenceSession.create(bytes, { logSeverityLevel: 4 });
  try {
    const tensors = feeds.map(({ dims, values }) => new runtime.Tensor('float32', values, dims));
    const results = await session.run(Object.fromEntries(tensors.map((each, i) => [session.inputNames[i]!, each])));
    return session.outputNames.map((name) => ({
      dims: results[name]!.dims,
      values: results[name]!.data as Float32Array,
    }));
  } finally {
    await session.release();
  }
}

/** Numbers among which some steps are zero, or all of it where `ids`: whole numbers below ten. */
function input(seed: number, dims: readonly number[], { ids = false, blank = false } = {}): Float32Array {
  const length = dims.reduce((a, b) => a * b, 1);
  if (ids)
    return numbers(seed, length, 0, 9)
      .map(Math.floor)
      .map((id) => (id < 3 ? 0 : id));
  const values = numbers(seed, length);
  if (!blank) return values;
  // Whole steps; and all of the last sample.
  const [samples, steps] = dims as [number, number];
  const step = length / samples / steps;
  const hidden = numbers(seed + 1, samples * steps);
  return values.map((value, i) => {
    const at = Math.floor(i / step);
    return hidden[at]! < 0 || at >= (samples - 1) * steps ? 0 : value;
  });
}

/** The largest relative difference over all outputs of the exported file in ONNX Runtime. */
export async function difference(
  model: TfModel,
  { batch = 3, ids = false, blank = false, runtime = ort as Runtime } = {},
): Promise<number> {
  const feeds = model.inputs.map((each, i) => {
    const dims = [batch, ...(each.shape.slice(1) as number[])];
    return { dims, values: input(i + 1, dims, { ids, blank }) };
  });
  const expected = tf.tidy(() =>
    [model.predict(feeds.map(({ dims, values }) => tf.tensor(values, dims)))].flat().map((tensor) => ({
      shape: tensor.shape,
      values: tensor.dataSync<'float32'>().slice(),
    })),
  );
  const results = await run(await layersOf(model), feeds, runtime);
  const differences = results.map(({ dims, values }, i) => {
    if (dims.join() !== expected[i]!.shape.join()) throw new Error(`got [${dims}], expected [${expected[i]!.shape}]`);
    return relativeDifference(values, expected[i]!.values);
  });
  return Math.max(...differences);
}
