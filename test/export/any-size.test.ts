import type { SymbolicTensor, LayersModel as TfModel } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { OnwardError } from 'onward/common';
import { exportModel, type ModelOptions, modelGraph } from 'onward/export';
import { importPeer } from 'onward/machine';
import { describe, expect, it } from 'vitest';
import { layersOf, numbers, operatorsOf, relativeDifference, tf, withWeights } from './networks.js';

const { layers } = tf;
const ort = await importPeer('onnxruntime-node');

type Applied = { apply(x: SymbolicTensor | SymbolicTensor[]): unknown };
const apply = (layer: Applied, ...x: SymbolicTensor[]) => layer.apply(x.length === 1 ? x[0]! : x) as SymbolicTensor;
const modelOf = (shape: (number | null)[], ...stack: Applied[]): TfModel => {
  const x = tf.input({ shape, name: 'x' });
  return withWeights(tf.model({ inputs: x, outputs: stack.reduce((y, layer) => apply(layer, y), x) }));
};

async function refusal(model: TfModel, options?: ModelOptions): Promise<string> {
  const described = await layersOf(model);
  try {
    modelGraph(described, options);
  } catch (error) {
    expect(error).toBeInstanceOf(OnwardError);
    return (error as OnwardError).message;
  }
  throw new Error('it was written');
}

const dimsOf = async (model: TfModel) => {
  const { inputs, outputs } = modelGraph(await layersOf(model));
  return [...inputs, ...outputs].map(({ dims }) => dims.join(' '));
};

/** Compares one file with TensorFlow.js in many shapes. */
async function compareIn(model: TfModel, shapes: fc.Arbitrary<number[]>, draw = (value: number) => value) {
  const session = await ort.InferenceSession.create(exportModel(await layersOf(model), { producerVersion: '0' }));
  await fc.assert(
    fc.asyncProperty(shapes, async (shape) => {
      const dims = [2, ...shape];
      const values = numbers(
        1,
        dims.reduce((a, b) => a * b, 1),
      ).map(draw);
      const expected = model.predict(tf.tensor(values, dims)) as ReturnType<typeof tf.tensor>;
      const output = (await session.run({ x: new ort.Tensor('float32', values, dims) }))[session.outputNames[0]!]!;
      expect(output.dims).toEqual(expected.shape);
      expect(relativeDifference(output.data as Float32Array, expected.dataSync<'float32'>())).toBeLessThan(1e-5);
    }),
    { numRuns: 15 },
  );
  await session.release();
}

const sides = (least: number) => fc.tuple(fc.integer({ min: least, max: 40 }), fc.integer({ min: least, max: 40 }));

describe('sizes that an input leaves open', () => {
  it('stay open in a network that treats every pixel alike', async () => {
    const model = modelOf(
      [null, null, 2],
      layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }),
      layers.conv2d({ filters: 3, kernelSize: 5, dilationRate: 2, padding: 'same' }),
      layers.batchNormalization(),
      layers.upSampling2d({ size: [2, 3], name: 'larger' }),
    );
    expect(await dimsOf(model)).toEqual(['N height width 2', 'N 2*height 3*width 3']);
    await compareIn(
      model,
      sides(1).map(([y, x]) => [y, x, 2]),
    );
  });

  it('stay open before global pooling, and behind windows that let pixels out', async () => {
    const model = modelOf(
      [null, null, 3],
      layers.conv2d({ name: 'conv', filters: 4, kernelSize: 3, strides: 2, padding: 'valid' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 2 }),
    );
    await compareIn(
      model,
      sides(8).map(([y, x]) => [y, x, 3]),
    );
    const inner = tf.model({ inputs: model.inputs, outputs: model.getLayer('conv').output as SymbolicTensor });
    expect(await dimsOf(inner)).toEqual(['N height width 3', 'N conv_size_1 conv_size_2 4']);
  });

  it('stay open in texts of any length', async () => {
    const model = modelOf(
      [null],
      layers.embedding({ inputDim: 9, outputDim: 4 }),
      layers.bidirectional({ layer: layers.lstm({ units: 3, returnSequences: true }) as never, mergeMode: 'concat' }),
      layers.dense({ units: 5, activation: 'softmax' }),
    );
    expect(await dimsOf(model)).toEqual(['N length', 'N length 5']);
    await compareIn(
      model,
      fc.integer({ min: 1, max: 40 }).map((length) => [length]),
      (value) => Math.floor((value + 1) * 4),
    );
  });

  it('stay open in texts of which some places do not count', async () => {
    const both = (layer: object) => layers.bidirectional({ layer: layer as never, mergeMode: 'concat' });
    const model = modelOf(
      [null],
      layers.embedding({ inputDim: 5, outputDim: 4, maskZero: true }),
      both(layers.lstm({ units: 3, returnSequences: true })),
      both(layers.gru({ units: 3, returnSequences: true, recurrentActivation: 'sigmoid' })),
      layers.simpleRNN({ units: 3, goBackwards: true }),
    );
    expect(await dimsOf(model)).toEqual(['N length', 'N 3']);
    expect(modelGraph(await layersOf(model)).nodes.length).toBeLessThan(130);
    await compareIn(
      model,
      fc.integer({ min: 1, max: 40 }).map((length) => [length]),
      (value) => Math.floor((value + 1) * 2.5),
    );
  });

  /** Halves an image, doubles it again, and joins it with what it was. */
  const unet = (halve: () => Applied) => {
    const conv = (filters: number) => layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu' });
    const x = tf.input({ shape: [null, null, 2], name: 'x' });
    const large = apply(conv(3), x);
    const small = apply(conv(4), apply(halve(), large));
    const smallest = apply(conv(4), apply(halve(), small));
    const up = (to: SymbolicTensor, from: SymbolicTensor) =>
      apply(
        layers.concatenate(),
        to,
        apply(layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }), from),
      );
    return withWeights(
      tf.model({
        inputs: x,
        outputs: apply(layers.conv2d({ name: 'y', filters: 1, kernelSize: 1 }), up(large, up(small, smallest))),
      }),
    );
  };

  it('stay open in a network that takes every fourth size, as in TensorFlow.js', async () => {
    const model = unet(() => layers.maxPooling2d({ poolSize: 2 }));
    expect(await dimsOf(model)).toEqual(['N height width 2', 'N height width 1']);
    await compareIn(
      model,
      sides(1).map(([y, x]) => [4 * y, 4 * x, 2]),
    );
    const session = await ort.InferenceSession.create(exportModel(await layersOf(model), { producerVersion: '0' }), {
      logSeverityLevel: 4,
    });
    const odd = new ort.Tensor('float32', new Float32Array(22 * 20 * 2), [1, 22, 20, 2]);
    await expect(session.run({ x: odd })).rejects.toThrow();
  });

  it('stay open in a network that takes every second size, and pads what it halves', async () => {
    const halve = () => layers.conv2d({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' });
    const x = tf.input({ shape: [null, null, 3], name: 'x' });
    const joined = apply(layers.concatenate(), x, apply(layers.upSampling2d({}), apply(halve(), x)));
    const model = withWeights(tf.model({ inputs: x, outputs: apply(halve(), apply(halve(), joined)) }));
    await compareIn(
      model,
      sides(1).map(([y, x]) => [2 * y, 2 * x, 3]),
    );
  });

  it('of a model in a model are those that it is called with', async () => {
    const inner = modelOf([null, null, 3], layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }));
    const model = modelOf([9, 8, 3], inner, layers.flatten(), layers.dense({ units: 2 }));
    await compareIn(model, fc.constant([9, 8, 3]));
  });

  it('stand where the layout has them', async () => {
    const model = modelOf([null, null, 2], layers.conv2d({ name: 'y', filters: 4, kernelSize: 3, padding: 'same' }));
    const layout = 'channels-first';
    const { inputs, outputs } = modelGraph(await layersOf(model), { inputLayout: layout, outputLayout: layout });
    expect(inputs[0]!.dims).toEqual(['N', 2, 'height', 'width']);
    expect(outputs[0]!.dims).toEqual(['N', 4, 'height', 'width']);
  });

  it('are called after their inputs where several have some', async () => {
    const inputs = ['left', 'right'].map((name) => tf.input({ shape: [null, null, 2], name }));
    const conv = layers.conv2d({ filters: 1, kernelSize: 1 });
    const model = withWeights(tf.model({ inputs, outputs: inputs.map((x) => apply(conv, x)) }));
    expect((await dimsOf(model)).slice(0, 2)).toEqual(['N left_height left_width 2', 'N right_height right_width 2']);
  });

  it('stay open where a stride pads', async () => {
    const model = modelOf(
      [null, null, 1],
      layers.conv2d({ filters: 4, kernelSize: 7, strides: 3, padding: 'same' }),
      layers.batchNormalization(),
      layers.reLU({ maxValue: 6 }),
      layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same', useBias: false }),
      layers.batchNormalization(),
      layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
      layers.averagePooling2d({ poolSize: 2, strides: 2, padding: 'same' }),
      layers.conv2d({ name: 'y', filters: 2, kernelSize: 3, strides: [1, 2], padding: 'same' }),
    );
    const { nodes, outputs } = modelGraph(await layersOf(model));
    expect(outputs[0]!.dims).toEqual(['N', 'y_size_1', 'y_size_2', 2]);
    expect(nodes.map(({ op }) => op)).not.toContain('BatchNormalization');
    await compareIn(
      model,
      sides(1).map(([y, x]) => [y, x, 1]),
    );
  });

  it('stay open in sequences that run backwards', async () => {
    const layer = layers.gru({ units: 3, goBackwards: true, returnSequences: true, recurrentActivation: 'sigmoid' });
    const model = modelOf([null, 2], layer, layers.conv1d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }));
    await compareIn(
      model,
      fc.integer({ min: 1, max: 40 }).map((length) => [length, 2]),
    );
  });

  const depending: [string, () => TfModel, RegExp][] = [
    [
      'where an image becomes a vector of all its pixels',
      () => modelOf([null, null, 2], layers.reshape({ targetShape: [-1] })),
      /leaves sizes of "x" \[\?, \?, 2\] open, and .*--input-shape/,
    ],
    [
      'where something is cut from its end',
      () =>
        modelOf(
          [null, null, 2],
          layers.cropping2D({
            cropping: [
              [0, 0],
              [1, 2],
            ],
          }),
        ),
      /what is written for one size differs/,
    ],
    [
      'where something is cut behind five pools',
      () =>
        modelOf(
          [null, null, 1],
          ...Array.from({ length: 5 }, () => layers.maxPooling2d({ poolSize: 2 })),
          layers.upSampling2d({ size: [2, 2] }),
          layers.cropping2D({
            cropping: [
              [1, 0],
              [0, 0],
            ],
          }),
        ),
      /what is written for one size differs/,
    ],
  ];
  it.each(depending)('are to be chosen %s', async (_, make, sentence) => {
    const model = make();
    expect(await refusal(model)).toMatch(sentence);
    const [channels] = model.inputs[0]!.shape.slice(-1) as [number];
    const inputShapes = new Map([['x', [64, 70, channels]]]);
    expect(modelGraph(await layersOf(model), { inputShapes }).inputs[0]!.dims).toEqual(['N', 64, 70, channels]);
  });

  it('say why where the model can be written for none that is tried', async () => {
    const model = modelOf([null, null, 1], layers.conv2d({ name: 'wide', filters: 1, kernelSize: 300 }));
    expect(await refusal(model)).toMatch(
      /cannot be written for just any \(.*"wide".*windows of 300x300.*--input-shape/,
    );
  });
});

it('what is wrong whatever the size is said as it is', async () => {
  const model = modelOf([null, null, 1], layers.conv2d({ name: 'y', filters: 1, kernelSize: 1 }));
  const described = await layersOf(model);
  const mine = described.layers.map((layer) => (layer.name === 'y' ? { ...layer, className: 'Mine' } : layer));
  const message = /^there is no handler for the layer "y" \(Mine\)/;
  expect(() => modelGraph({ ...described, layers: mine })).toThrow(
    expect.objectContaining({ message: expect.stringMatching(message) }),
  );
});

describe('inputShapes', () => {
  const model = modelOf([null, 5, 2], layers.conv2d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }));
  const wrong: [string, [string, number[]], RegExp][] = [
    ['another input', ['y', [4, 5, 2]], /there is no input "y"; the model has x$/],
    ['another size than the one that is fixed', ['x', [4, 6, 2]], /"x" takes \[\?,5,2\] .*, got \[4,6,2\]$/],
    ['too few sizes', ['x', [4, 5]], /got \[4,5\]$/],
    ['no size', ['x', [0, 5, 2]], /any whole number from 1 up.*, got \[0,5,2\]$/],
    ['half a size', ['x', [4.5, 5, 2]], /got \[4.5,5,2\]$/],
  ];
  it.each(wrong)('%s is refused', async (_, shape, sentence) => {
    expect(await refusal(model, { inputShapes: new Map([shape]) })).toMatch(sentence);
  });

  it('may be given for a model that fixes them, and changes nothing', async () => {
    const fixed = await layersOf(modelOf([4, 5, 2], layers.flatten(), layers.dense({ units: 1 })));
    const given = modelGraph(fixed, { inputShapes: new Map([['x', [4, 5, 2]]]) });
    expect(given).toEqual(modelGraph(fixed));
    expect(operatorsOf(given)).toContain('Gemm');
  });
});
