import type { SymbolicTensor, LayersModel as TfModel } from '@tensorflow/tfjs';
import { exportModel, modelGraph } from 'onward/export';
import { importPeer } from 'onward/machine';
import { describe, expect, it } from 'vitest';
import { layersOf, numbers, operatorsOf, relativeDifference, tf, withWeights } from './networks.js';

const { layers } = tf;
const ort = await importPeer('onnxruntime-node');
const apply = (layer: { apply(x: SymbolicTensor | SymbolicTensor[]): unknown }, ...x: SymbolicTensor[]) =>
  layer.apply(x.length === 1 ? x[0]! : x) as SymbolicTensor;

/** Largest relative difference over all outputs, on random inputs: the exported file in ONNX Runtime against TensorFlow.js. */
async function differences(model: TfModel): Promise<Record<string, number>> {
  const bytes = exportModel(await layersOf(model), { producerVersion: '0' });
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 });
  const feeds = model.inputs.map((input, i) => {
    const dims = [2, ...(input.shape.slice(1) as number[])];
    return {
      dims,
      values: numbers(
        i + 1,
        dims.reduce((a, b) => a * b, 1),
      ),
    };
  });
  const results = await session.run(
    Object.fromEntries(
      feeds.map(({ dims, values }, i) => [session.inputNames[i]!, new ort.Tensor('float32', values, dims)]),
    ),
  );
  const expected = [model.predict(feeds.map(({ dims, values }) => tf.tensor(values, dims)))].flat();
  return Object.fromEntries(
    session.outputNames.map((name, i) => {
      const result = results[name]!;
      expect(result.dims).toEqual(expected[i]!.shape);
      return [name, relativeDifference(result.data as Float32Array, expected[i]!.dataSync<'float32'>())];
    }),
  );
}

describe('any layers model', () => {
  it('keeps its several inputs and outputs, with their names, in their order', async () => {
    const a = tf.input({ shape: [6, 5, 3], name: 'left' });
    const b = tf.input({ shape: [6, 5, 3], name: 'right' });
    const sum = apply(layers.add({ name: 'sum' }), a, b);
    const image = apply(layers.conv2d({ name: 'picture', filters: 4, kernelSize: 3, padding: 'same' }), sum);
    const vector = apply(layers.dense({ name: 'score', units: 2 }), apply(layers.flatten(), image));
    const model = withWeights(tf.model({ inputs: [b, a], outputs: [vector, image] }));
    const graph = modelGraph(await layersOf(model));
    expect(graph.inputs.map(({ name }) => name)).toEqual(['right', 'left']);
    const found = await differences(model);
    expect(Object.keys(found)).toEqual(['score', 'picture']);
    for (const difference of Object.values(found)) expect(difference).toBeLessThan(1e-5);
  });

  it('may give an input as an output', async () => {
    const x = tf.input({ shape: [4], name: 'x' });
    const model = withWeights(tf.model({ inputs: x, outputs: [apply(layers.dense({ name: 'y', units: 2 }), x), x] }));
    expect(await differences(model)).toMatchObject({ y: expect.any(Number), x_output: 0 });
  });

  it('may hold models, one of them twice and in another', async () => {
    const inner = tf.sequential({
      name: 'inner',
      layers: [
        layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', inputShape: [8, 8, 3] }),
        layers.batchNormalization(),
      ],
    });
    const middleInput = tf.input({ shape: [8, 8, 3] });
    const middle = tf.model({
      inputs: middleInput,
      outputs: apply(layers.reLU(), apply(inner, middleInput)),
      name: 'middle',
    });
    const x = tf.input({ shape: [8, 8, 3], name: 'x' });
    const twice = apply(layers.add(), apply(middle, apply(middle, x)), x);
    const model = withWeights(
      tf.model({ inputs: x, outputs: apply(layers.dense({ name: 'y', units: 2 }), apply(layers.flatten(), twice)) }),
    );
    expect((await differences(model)).y).toBeLessThan(1e-5);
    expect(operatorsOf(modelGraph(await layersOf(model))).filter((op) => op === 'Conv')).toHaveLength(2);
  });

  it('gives the same bytes twice', async () => {
    const model = withWeights(tf.sequential({ layers: [layers.dense({ units: 3, inputShape: [4] })] }));
    const [first, again] = [
      exportModel(await layersOf(model), { producerVersion: '0' }),
      exportModel(await layersOf(model), { producerVersion: '0' }),
    ];
    expect(Buffer.compare(first, again)).toBe(0);
  });
});
