import { convert, graphBuilder, type Layer, type LayersModel, type Weight } from 'onward/export';
import { describe, expect, it } from 'vitest';
import { graphOf, numbers, relativeDifference, runGraph, tf } from './networks.js';

type Weights = { readonly [name: string]: number[] };

const weightsOf = (dims: Weights): Map<string, Weight> =>
  new Map(
    Object.entries(dims).map(([name, size], i) => [
      name,
      {
        dims: size,
        values: numbers(
          i,
          size.reduce((a, b) => a * b, 1),
        ),
      },
    ]),
  );

/** A model of one layer that TensorFlow.js has no way, or no class, to write. */
function modelOf(className: string, config: Layer['config'], dims: Weights = {}, inputs = [[6, 5, 4]]): LayersModel {
  const input = (shape: number[], i: number): Layer => ({
    className: 'InputLayer',
    name: `input${i}`,
    config: { batch_input_shape: [null, ...shape] },
    calls: [[]],
    weights: new Map(),
  });
  const end = (layer: string) => ({ layer, call: 0, output: 0 });
  const names = inputs.map((_, i) => end(`input${i}`));
  const layer = { className, name: 'it', config, calls: [names], weights: weightsOf(dims) };
  return { name: 'one', layers: [...inputs.map(input), layer], inputs: names, outputs: [end('it')] };
}

const kernel = { kernel: [3, 3, 4, 2] };
const noBias = { use_bias: false };

describe('a handler refuses what it cannot write', () => {
  it.each<[string, string, Layer['config'], Weights, number[][] | undefined]>([
    ['has data_format "channels_middle"', 'Conv2D', { ...noBias, data_format: 'channels_middle' }, kernel, undefined],
    ['has data_format "channels_first"', 'Conv1D', { data_format: 'channels_first' }, {}, undefined],
    ['has data_format "channels_first"', 'MaxPooling1D', { data_format: 'channels_first' }, {}, [[6, 5]]],
    ['takes [channels, height, width], got [9]', 'Conv2D', { data_format: 'channels_first' }, kernel, [[9]]],
    ['has use_bias true', 'SeparableConv2D', { data_format: 'channels_first', use_bias: true }, {}, undefined],
    ['a kernel for 3 channels', 'Conv2DTranspose', noBias, { kernel: [3, 3, 2, 3] }, undefined],
    ['has dilation_rate 2', 'Conv2DTranspose', { ...noBias, dilation_rate: 2 }, {}, undefined],
    ['has output_padding [1,1]', 'Conv2DTranspose', { ...noBias, output_padding: [1, 1] }, {}, undefined],
    [
      'crops [[3,3],[0,0]] from an image of 6x5',
      'Cropping2D',
      {
        cropping: [
          [3, 3],
          [0, 0],
        ],
      },
      {},
      undefined,
    ],
    ['crops one column from 5', 'CenterCrop', { height: 3, width: 4 }, {}, undefined],
    ['has padding [-1,0]', 'ZeroPadding2D', { padding: [-1, 0] }, {}, undefined],
    ['has interpolation "bicubic"', 'UpSampling2D', { interpolation: 'bicubic' }, {}, undefined],
    ['has interpolation "lanczos3"', 'Resizing', { interpolation: 'lanczos3', height: 3, width: 3 }, {}, undefined],
    ['makes images of 0x3', 'Resizing', { height: 0, width: 3 }, {}, undefined],
    ['has output_mode "tf_idf"', 'CategoryEncoding', { output_mode: 'tf_idf', num_tokens: 3 }, {}, [[4]]],
    ['has num_tokens null', 'CategoryEncoding', {}, {}, [[4]]],
    ['takes one number, got [4]', 'CategoryEncoding', { output_mode: 'one_hot', num_tokens: 3 }, {}, [[4]]],
    ['has 2 numbers as its scale', 'Rescaling', { scale: [1, 2] }, {}, undefined],
    ['makes [7,-1] of [6, 5, 4], which has 120 numbers', 'Reshape', { target_shape: [7, -1] }, {}, undefined],
    ['has dims [1,1,2]', 'Permute', { dims: [1, 1, 2] }, {}, undefined],
    ['takes a vector, got [6, 5, 4]', 'RepeatVector', { n: 2 }, {}, undefined],
    ['has n 0', 'RepeatVector', { n: 0 }, {}, [[4]]],
    ['has no weight "embeddings"', 'Embedding', {}, {}, [[4]]],
    ['has slopes for [6, 5, 3]', 'PReLU', {}, { alpha: [6, 5, 3] }, undefined],
    ['has axis 0, and its input has the axes 1 to 3', 'LayerNormalization', { axis: 0 }, {}, undefined],
    ['has axis [3,1]; sort the axes', 'LayerNormalization', { axis: [3, 1] }, {}, undefined],
    ['has an axis twice', 'LayerNormalization', { axis: [3, -1] }, {}, undefined],
    ['has "gamma" of [3], expected [4]', 'LayerNormalization', {}, { gamma: [3] }, undefined],
    [
      'has axis -2, where Keras joins along axis 2',
      'Concatenate',
      { axis: -2 },
      {},
      [
        [6, 5, 4],
        [6, 5, 4],
      ],
    ],
    ['has axis 0', 'Concatenate', { axis: 0 }, {}, [[4], [4]]],
    [
      'takes values that differ along axis 1 only',
      'Concatenate',
      { axis: 1 },
      {},
      [
        [6, 5],
        [6, 4],
      ],
    ],
    ['takes two vectors or matrices', 'Dot', { axes: 1 }, {}, [[6, 5, 4], [4]]],
    ['takes values as long along 1 and 1', 'Dot', { axes: 1 }, {}, [[6, 5], [4]]],
    ['takes two values, got 1', 'Subtract', {}, {}, [[4]]],
    ['has padding "causal"', 'Conv2D', { ...noBias, padding: 'causal' }, kernel, undefined],
    ['has no weight "kernel"; it has: none', 'Conv2D', {}, {}, undefined],
    ['has no weight "bias"; it has: kernel', 'Conv2D', {}, kernel, undefined],
    ['a kernel for 3 channels, and its input has 4', 'Conv2D', noBias, { kernel: [3, 3, 3, 2] }, undefined],
    ['windows of 7x3, which do not fit into an image of 6x5', 'Conv2D', noBias, { kernel: [7, 3, 4, 2] }, undefined],
    ['takes [height, width, channels], got [9]', 'Conv2D', noBias, kernel, [[9]]],
    [
      'a kernel for 3 channels',
      'SeparableConv2D',
      noBias,
      { depthwise_kernel: [3, 3, 3, 1], pointwise_kernel: [1, 1, 3, 2] },
      undefined,
    ],
    [
      'a kernel that gives 2 numbers, expected the 3 of its units',
      'Dense',
      { units: 3 },
      { kernel: [4, 2] },
      undefined,
    ],
    ['has 3 numbers as its "bias", expected 2', 'Conv2D', {}, { ...kernel, bias: [3] }, undefined],
    ['a table of [4, 2], expected [5, 2]', 'Embedding', { input_dim: 5 }, { embeddings: [4, 2] }, [[3]]],
    ['a kernel for 9 numbers, and its input has [6, 5, 4]', 'Dense', noBias, { kernel: [9, 2] }, undefined],
    [
      'leave out what TensorFlow chooses',
      'MaxPooling3D',
      { pool_size: 1, strides: 3, padding: 'same' },
      {},
      [[6, 6, 6, 1]],
    ],
    ['has axis 4, and its input has the axes 1 to 3', 'Softmax', { axis: 4 }, {}, undefined],
    ['has rms_scaling true', 'LayerNormalization', { rms_scaling: true }, { gamma: [4], beta: [4] }, undefined],
    ['the activation "mush" of "it" is not known', 'Activation', { activation: 'mush' }, {}, undefined],
    [
      'the activation {"class_name":"Mine"} of "it"',
      'Activation',
      { activation: { class_name: 'Mine' } },
      {},
      undefined,
    ],
    ['has keepdims 1', 'GlobalMaxPooling2D', { keepdims: 1 }, {}, undefined],
    ['do not fit', 'MaxPooling2D', { pool_size: 9 }, {}, undefined],
    ['has axis [1,2], and one axis is expected', 'BatchNormalization', { axis: [1, 2] }, {}, undefined],
    ['has axis -4', 'BatchNormalization', { axis: -4 }, {}, undefined],
    [
      'has 3 numbers as its "gamma"',
      'BatchNormalization',
      {},
      { gamma: [3], beta: [4], moving_mean: [4], moving_variance: [4] },
      undefined,
    ],
    [
      'has no weight "gamma"',
      'BatchNormalization',
      {},
      { beta: [4], moving_mean: [4], moving_variance: [4] },
      undefined,
    ],
    ['takes values whose shapes fit together, got [3] and [2]', 'Add', {}, {}, [[3], [2]]],
    ['takes one input, got 2', 'Dropout', {}, {}, [[3], [3]]],
  ])('%s: %s', (expected, className, config, dims, inputs) => {
    const model = modelOf(className, config, dims, inputs);
    const feed = (layer: Layer, shape: readonly number[]) => ({ name: layer.name, shape, order: 'plain' as const });
    const run = () => convert(model, graphBuilder(), feed);
    expect(run).toThrow(expected);
    expect(run).toThrow(expect.objectContaining({ name: 'OnwardError', kind: 'input' }));
    expect(run).toThrow('"it');
  });
});

describe('a layer of Keras that TensorFlow.js lacks', () => {
  const input = numbers(9, 2 * 6 * 5 * 4);
  const x = () => tf.tensor4d(input, [2, 6, 5, 4]);
  const compare = async (model: LayersModel, expected: () => ReturnType<typeof tf.tensor>, dims = [2, 6, 5, 4]) => {
    const actual = await runGraph(graphOf(model), input, dims);
    const values = tf.tidy(() => expected().dataSync<'float32'>().slice());
    expect(relativeDifference(actual, values)).toBeLessThanOrEqual(1e-5);
  };

  it('a convolution in groups is one of each group', async () => {
    const model = modelOf('Conv2D', { ...noBias, groups: 2, padding: 'same' }, { kernel: [3, 3, 2, 6] });
    const { values } = model.layers.at(-1)!.weights.get('kernel')!;
    await compare(model, () => {
      const kernels = tf.split(tf.tensor4d(values, [3, 3, 2, 6]), 2, 3) as ReturnType<typeof x>[];
      const parts = tf
        .split(x(), 2, 3)
        .map((part, i) => tf.conv2d(part as ReturnType<typeof x>, kernels[i]!, 1, 'same'));
      return tf.concat(parts, 3);
    });
  });

  it('a causal convolution pads before the first step', async () => {
    for (const [strides, dilation_rate] of [
      [1, 1],
      [2, 1],
      [1, 2],
    ] as const) {
      const config = { ...noBias, padding: 'causal', strides: [strides], dilation_rate: [dilation_rate] };
      const model = modelOf('Conv1D', config, { kernel: [3, 4, 2] }, [[30, 4]]);
      const { values } = model.layers.at(-1)!.weights.get('kernel')!;
      const expected = () => {
        const padded = tf.pad(tf.tensor3d(input, [2, 30, 4]), [
          [0, 0],
          [2 * dilation_rate, 0],
          [0, 0],
        ]);
        return tf.conv1d(padded, tf.tensor3d(values, [3, 4, 2]), strides, 'valid', 'NWC', dilation_rate);
      };
      await compare(model, expected, [2, 30, 4]);
    }
  });

  it('a dilation of each channel by itself counts in Keras only', async () => {
    const config = { ...noBias, dilation_rate: [2, 2] };
    const model = modelOf('DepthwiseConv2D', config, { depthwise_kernel: [3, 3, 4, 1] }, [[6, 5, 4]]);
    const { values } = model.layers.at(-1)!.weights.get('depthwise_kernel')!;
    const dilated = (by: number) => () =>
      tf.depthwiseConv2d(x(), tf.tensor4d(values, [3, 3, 4, 1]), 1, 'valid', 'NHWC', by);
    await compare(model, dilated(1));
    await compare({ ...model, origin: 'keras-3' }, dilated(2));
    const layer = tf.layers.depthwiseConv2d({ kernelSize: 3, dilationRate: 2, useBias: false, inputShape: [6, 5, 4] });
    const other = tf.sequential({ layers: [layer] });
    layer.setWeights([tf.tensor4d(values, [3, 3, 4, 1])]);
    await compare(model, () => other.predict(x()) as ReturnType<typeof x>);
  });

  it('global pooling may keep its axes', async () => {
    const keepdims = true;
    await compare(modelOf('GlobalAveragePooling2D', { keepdims }), () => tf.mean(x(), [1, 2], keepdims));
    const first = { keepdims, data_format: 'channels_first' };
    await compare(modelOf('GlobalMaxPooling2D', first), () => tf.max(x(), [2, 3], keepdims));
    const sequence = modelOf('GlobalAveragePooling1D', { keepdims }, {}, [[30, 4]]);
    await compare(sequence, () => tf.mean(tf.tensor3d(input, [2, 30, 4]), 1, keepdims), [2, 30, 4]);
  });

  it('a softmax may be over any axis', async () => {
    for (const axis of [1, 2, -2, [3]]) {
      const at = [axis].flat()[0]! % 3;
      await compare(modelOf('Softmax', { axis }), () => {
        const order = at === 1 ? [0, 3, 2, 1] : at === 0 ? [0, 1, 2, 3] : [0, 1, 3, 2];
        return tf.transpose(tf.softmax(tf.transpose(x(), order)), order);
      });
    }
  });

  it('batch norm may be of volumes', async () => {
    const statistics = { gamma: [3], beta: [3], moving_mean: [3], moving_variance: [3] };
    const model = modelOf('BatchNormalization', {}, statistics, [[2, 2, 10, 3]]);
    const given = (name: string) => tf.tensor1d(model.layers.at(-1)!.weights.get(name)!.values);
    model.layers
      .at(-1)!
      .weights.get('moving_variance')!
      .values.forEach((value, i, all) => {
        all[i] = Math.abs(value) + 0.1;
      });
    const expected = () => {
      const [mean, variance] = [given('moving_mean'), given('moving_variance')];
      const image = tf.tensor4d(input, [2, 4, 10, 3]);
      return tf.batchNorm(image, mean, variance, given('beta'), given('gamma'), 1e-3);
    };
    await compare(model, expected, [2, 2, 2, 10, 3]);
  });

  it('an elu may have a slope, and swish another name', async () => {
    await compare(modelOf('ELU', { alpha: 0.5 }), () => tf.where(tf.greater(x(), 0), x(), tf.mul(tf.elu(x()), 0.5)));
    await compare(modelOf('Activation', { activation: 'silu' }), () => tf.mul(x(), tf.sigmoid(x())));
  });

  it('rescaling may be of each channel by itself', () =>
    compare(modelOf('Rescaling', { scale: [1, 2, 3, 4], offset: [0, 1, 0, 2] }), () =>
      tf.add(tf.mul(x(), tf.tensor1d([1, 2, 3, 4])), tf.tensor1d([0, 1, 0, 2])),
    ));

  it('subtraction takes the second from the first', async () => {
    const model = modelOf('Subtract', {}, {}, [
      [6, 5, 4],
      [6, 5, 4],
    ]);
    const double = { ...model, layers: model.layers.map((layer) => ({ ...layer })) };
    const negative = { className: 'Rescaling', name: 'input1', config: { scale: -1 }, weights: new Map() };
    double.layers[1] = { ...negative, calls: [[{ layer: 'input0', call: 0, output: 0 }]] };
    await compare({ ...double, inputs: [model.inputs[0]!] }, () => tf.mul(x(), 2));
  });

  it('spatial dropout does nothing', () => compare(modelOf('SpatialDropout2D', { rate: 0.5 }), x));

  it('the slope of a leaky relu may have either name', () =>
    compare(modelOf('LeakyReLU', { negative_slope: 0.25 }), () => tf.leakyRelu(x(), 0.25)));
});
