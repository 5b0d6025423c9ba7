import type { SymbolicTensor, LayersModel as TfModel } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { modelGraph, type TargetOptions } from 'onward/export';
import { importPeer } from 'onward/machine';
import { encodeModel, type Graph } from 'onward/model';
import { describe, expect, it } from 'vitest';
import { layersOf, numbers, operatorsOf, relativeDifference, runLayers, tf, withWeights } from './networks.js';

const ort = await importPeer('onnxruntime-node');
const { layers } = tf;

const chain = (shape: number[], ...given: { apply(x: SymbolicTensor): unknown }[]): TfModel => {
  const input = tf.input({ shape });
  const output = given.reduce((x, layer) => layer.apply(x) as SymbolicTensor, input);
  return withWeights(tf.model({ inputs: input, outputs: output }));
};

/** Models that hold what differs between opsets, and what is tender in float16. */
const models: readonly (readonly [string, () => TfModel])[] = [
  [
    'an image classifier',
    () =>
      chain(
        [8, 8, 3],
        layers.rescaling({ scale: 1 / 127.5, offset: -1 }),
        layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', activation: 'relu' }),
        layers.batchNormalization(),
        layers.depthwiseConv2d({ kernelSize: 3 }),
        layers.reLU({ maxValue: 6 }),
        layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' }),
        layers.globalAveragePooling2d({}),
        layers.dropout({ rate: 0.5 }),
        layers.dense({ units: 5, activation: 'softmax' }),
      ),
  ],
  ['layer normalisation', () => chain([5, 6], layers.layerNormalization(), layers.dense({ units: 3 }))],
  ['layer normalisation of an image', () => chain([5, 4, 3], layers.layerNormalization({ axis: [1, 2, 3] }))],
  [
    'means and largest numbers of sequences',
    () => chain([6, 4], layers.dense({ units: 5 }), layers.globalAveragePooling1d({}), layers.softmax({ axis: -1 })),
  ],
  [
    'a recurrent network',
    () => chain([4, 3], layers.lstm({ units: 4, returnSequences: true }), layers.gru({ units: 3 })),
  ],
  [
    'a masked recurrent network',
    () => chain([4, 3], layers.masking({ maskValue: 0.5 }), layers.lstm({ units: 4 }), layers.dense({ units: 2 })),
  ],
];

async function run(graph: Graph, input: Float32Array, dims: readonly number[]): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(encodeModel(graph, [], ''), {
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

/** How far a model is from TensorFlow.js when it is written for a target, and its graph. */
async function written(model: TfModel, options: TargetOptions) {
  const graph = modelGraph(await layersOf(model), options);
  const dims = [2, ...(model.inputs[0]!.shape.slice(1) as number[])];
  const size = dims.reduce((a, b) => a * b, 1);
  const input = numbers(4, size);
  const difference = relativeDifference(await run(graph, input, dims), runLayers(model, input, dims));
  return { graph, difference };
}

describe('the opset', () => {
  it.each(models)('%s computes the same in each', async (_, build) => {
    const model = build();
    for (let opset = 13; opset <= 22; opset++) {
      const { graph, difference } = await written(model, { opset });
      expect(graph.opset).toBe(opset);
      expect(difference, `opset ${opset}`).toBeLessThanOrEqual(1e-5);
    }
  });

  it('writes what an opset lacks in other operators', async () => {
    const model = await layersOf(models[1]![1]());
    expect(operatorsOf(modelGraph(model, { opset: 17 }))).toContain('LayerNormalization');
    expect(operatorsOf(modelGraph(model, { opset: 16 }))).not.toContain('LayerNormalization');
  });

  it.each([12, 23, 17.5, Number.NaN])('%d is refused in a sentence', async (opset) => {
    const model = await layersOf(models[1]![1]());
    expect(() => modelGraph(model, { opset })).toThrow(`expected an opset from 13 to 22, got ${opset}`);
  });
});

describe('float16', () => {
  it.each(models)('%s: weights are half as large, and the numbers near', async (_, build) => {
    const model = build();
    for (const opset of [13, 17, 21]) {
      const { graph, difference } = await written(model, { dtype: 'float16', opset });
      // Three digits and a bit: 2^-11 at each step.
      expect(difference).toBeLessThanOrEqual(1e-2);
      expect([...graph.inputs, ...graph.outputs].map(({ type }) => type)).toEqual(['float32', 'float32']);
    }
  });

  it('keeps what an image is scaled with and softmax in float32, and halves every large weight', async () => {
    const { graph } = await written(models[0]![1](), { dtype: 'float16' });
    const large = [...graph.initializers.values()].filter(({ dims, type }) => type !== 'int64' && dims.length >= 2);
    // The factors of Resize are float32 whatever it resizes.
    expect(new Set(large.map(({ type }) => type))).toEqual(new Set(['float16']));
    const softmax = graph.nodes.find(({ op }) => op === 'Softmax')!;
    expect(graph.nodes.find(({ outputs }) => outputs[0] === softmax.inputs[0])!.op).toBe('Cast');
    expect(graph.initializers.get(graph.nodes[0]!.inputs[1]!)!.type).toBe('float32');
  });

  it('refuses a weight that it cannot hold, by name', async () => {
    const model = chain([3], layers.dense({ units: 2, name: 'far' }));
    model.layers[1]!.setWeights([tf.fill([3, 2], 7e4), tf.zeros([2])]);
    const read = await layersOf(model);
    expect(() => modelGraph(read, { dtype: 'float16' })).toThrow(
      'the weight "far/kernel" holds 70000, and float16 ends at 65504; export it as float32',
    );
  });

  it('rounds as ONNX Runtime rounds', async () => {
    const { halfBytes } = await import('#onward/export/target/half.js');
    const dims = ['N'];
    const graph: Graph = {
      name: 'cast',
      opset: 17,
      inputs: [{ name: 'x', type: 'float32', dims }],
      outputs: [{ name: 'y', type: 'float16', dims }],
      nodes: [{ name: 'y', op: 'Cast', inputs: ['x'], outputs: ['y'], attributes: { to: { kind: 'int', value: 10 } } }],
      initializers: new Map(),
    };
    const session = await ort.InferenceSession.create(encodeModel(graph, [], ''), { logSeverityLevel: 4 });
    const bitsOf = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    // All of float32, and where the two types meet: around float16's smallest and largest, and halfway between neighbours.
    const near = fc
      .tuple(fc.integer({ min: 0, max: 0x7bff }), fc.integer({ min: -2, max: 2 }))
      .map(([half, off]) => ((half + 0x1c000) << 13) + 0x1000 + off);
    const small = fc.integer({ min: 0x32000000, max: 0x39000000 });
    const seventy = { minLength: 70, maxLength: 70 };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(bitsOf, near, small), seventy), async (bits) => {
        const values = new Float32Array(Uint32Array.from(bits).buffer).map((x) => (Number.isNaN(x) ? 0 : x));
        const { y } = await session.run({ x: new ort.Tensor('float32', values, [values.length]) });
        const { buffer, byteOffset, byteLength } = y!.data as Uint16Array;
        const expected = new Uint16Array(buffer.slice(byteOffset, byteOffset + byteLength));
        expect([...new Uint16Array(halfBytes(values).buffer)]).toEqual([...expected]);
      }),
      { numRuns: 200 },
    );
    await session.release();
  });
});

describe('the batch', () => {
  it('is written into inputs and outputs, and computes the same', async () => {
    const { graph, difference } = await written(models[0]![1](), { batch: 2 });
    expect([...graph.inputs, ...graph.outputs].map(({ dims }) => dims[0])).toEqual([2, 2]);
    expect(difference).toBeLessThanOrEqual(1e-5);
  });

  it.each([0, -1, 1.5])('%d is refused in a sentence', async (batch) => {
    const model = await layersOf(models[1]![1]());
    expect(() => modelGraph(model, { batch })).toThrow(
      `expected a batch of 1 or more samples, or dynamic, got ${batch}`,
    );
  });
});

describe('options that are none', () => {
  it.each<[object, string]>([
    [{ inputLayout: 'nchw' }, "inputLayout: expected 'keras' or 'channels-first', got \"nchw\""],
    [{ dtype: 'bfloat16' }, 'dtype: expected float32 or float16, got "bfloat16"'],
    [{ optimize: 'all' }, 'optimize: expected none or default, got "all"'],
  ])('%j is refused in a sentence', async (options, expected) => {
    const model = await layersOf(models[1]![1]());
    expect(() => modelGraph(model, options as TargetOptions)).toThrow(expected);
  });

  it('nor is a model that nobody has read', () => {
    expect(() => modelGraph(models[1]![1]() as never)).toThrow(
      'expected what a reader gives: `await readLayersModel(model)`',
    );
  });
});

describe('no optimisation', () => {
  it('leaves every layer as its handler wrote it', async () => {
    const { graph, difference } = await written(models[0]![1](), { optimize: 'none' });
    expect(operatorsOf(graph)).toContain('BatchNormalization');
    expect(difference).toBeLessThanOrEqual(1e-5);
  });
});
