import type { LayersModel as TfModel } from '@tensorflow/tfjs';
import { random } from 'onward/common';
import { convert, graphBuilder, type LayersModel, optimize, readModelJson } from 'onward/export';
import { importPeer, loadTensorFlow, probeTensorFlow, type TensorFlow } from 'onward/machine';
import { encodeModel, type Graph } from 'onward/model';

/** What trains on this machine: native, or WASM where that is missing. */
const native = (await probeTensorFlow('native')).available;
export const { tf } = await loadTensorFlow(native ? 'native' : 'wasm');
// Without the native backend the plain JavaScript one is the reference: the WASM one answers wrongly where a convolution's
// kernel is smaller than its stride.
if (!native) await tf.setBackend('cpu');

const ort = await importPeer('onnxruntime-node');

/** Uniform numbers. */
export function numbers(seed: number, length: number, low = -1, high = 1): Float32Array {
  const stream = random('numbers', seed);
  return Float32Array.from({ length }, () => stream.between(low, high));
}

/** Bounds of the numbers that a weight has once it was trained, by its short name. */
const trained: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['gamma', [-1.5, 1.5]],
  ['beta', [-1, 1]],
  ['moving_mean', [-2, 2]],
  ['moving_variance', [0.05, 3]],
  ['bias', [-0.5, 0.5]],
]);

/** Gives a fresh model weights as training leaves them: none of them zero, one or alike. */
export function withWeights(model: TfModel, seed = 1): TfModel {
  const tensors = model.weights.map((weight, i) => {
    const { shape, originalName } = weight;
    const fan = shape.slice(0, -1).reduce<number>((a, b) => a * b!, 1);
    const limit = Math.sqrt(6 / Math.max(fan, 1));
    const [low, high] = trained.get(originalName.split('/').at(-1)!) ?? [-limit, limit];
    const length = shape.reduce<number>((a, b) => a * b!, 1);
    return tf.tensor(numbers(seed * 1000 + i, length, low, high), shape as number[]);
  });
  model.setWeights(tensors);
  tf.dispose(tensors);
  return model;
}

/** The files that TensorFlow.js writes for a model. */
export async function filesOf(model: TfModel): Promise<{ json: Record<string, unknown>; weights: Uint8Array }> {
  let files: { json: Record<string, unknown>; weights: Uint8Array } | undefined;
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData, format }) => {
      files = {
        json: { modelTopology, format, weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }] },
        weights: new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)),
      };
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  // As it comes out of a file.
  return { ...files!, json: JSON.parse(JSON.stringify(files!.json)) };
}

export const layersOf = async (model: TfModel): Promise<LayersModel> => readModelJson(await filesOf(model));

/** The graph of a model from float32 `x` to `y`, without what a classifier adds; `passes: false` leaves it as written. */
export function graphOf(model: LayersModel, { passes = true } = {}): Graph {
  const builder = graphBuilder(['x', 'y']);
  let input: readonly number[] = [];
  const [output] = convert(model, builder, (_, shape) => {
    input = shape;
    return { name: builder.node('Identity', 'start', ['x']), shape, order: 'plain' };
  });
  // To what Keras gives, whatever order the graph has it in.
  const end = inKerasOrder(builder, output!);
  builder.node('Identity', 'end', [end]);
  const graph = builder.finish({
    name: 'test',
    opset: 17,
    inputs: [{ name: 'x', type: 'float32', dims: ['N', ...input] }],
    outputs: [{ name: 'end', type: 'float32', dims: ['N', ...output!.shape] }],
  });
  return passes ? optimize(graph) : graph;
}

function inKerasOrder(builder: ReturnType<typeof graphBuilder>, value: ReturnType<typeof convert>[number]): string {
  const image = value.image ?? value.shape;
  const toLast = { perm: { kind: 'ints' as const, value: [0, ...image.slice(1).map((_, i) => i + 2), 1] } };
  if (value.order === 'plain') return value.name;
  if (value.order === 'channels-first') return builder.node('Transpose', 'last', [value.name], toLast);
  const shape = builder.integers('image/shape', [-1, image.at(-1)!, ...image.slice(0, -1)]);
  const unfolded = builder.node('Reshape', 'image', [value.name, shape]);
  return builder.node('Flatten', 'flat', [builder.node('Transpose', 'last', [unfolded], toLast)]);
}

/** What ONNX Runtime makes of the graph of `graphOf`, without optimisations of its own. */
export async function runGraph(graph: Graph, input: Float32Array, dims: readonly number[]): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(encodeModel(graph, [], ''), {
    graphOptimizationLevel: 'disabled',
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  try {
    const results = await session.run({ [graph.inputs[0]!.name]: new ort.Tensor('float32', input, dims) });
    return results[graph.outputs[0]!.name]!.data as Float32Array;
  } finally {
    await session.release();
  }
}

export function runLayers(model: TfModel, input: Float32Array, dims: readonly number[]): Float32Array {
  return tf.tidy(() =>
    (model.predict(tf.tensor(input, [...dims])) as ReturnType<TensorFlow['tensor']>).dataSync<'float32'>().slice(),
  );
}

/** The largest difference, relative to the largest number expected (or to one). */
export function relativeDifference(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Infinity;
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return expected.reduce((most, value, i) => {
    const difference = Math.abs(actual[i]! - value) / scale;
    return difference <= most ? most : Number.isNaN(difference) ? Infinity : difference;
  }, 0);
}

/** How far the exported graph is from the model, on three random inputs. */
export async function differenceOf(model: TfModel, options?: { passes?: boolean }): Promise<number> {
  const dims = [3, ...(model.inputs[0]!.shape.slice(1) as number[])];
  const input = numbers(
    7,
    dims.reduce((a, b) => a * b, 1),
  );
  const expected = runLayers(model, input, dims);
  return relativeDifference(await runGraph(graphOf(await layersOf(model), options), input, dims), expected);
}

export const operatorsOf = (graph: Graph): string[] => graph.nodes.map((node) => node.op);
