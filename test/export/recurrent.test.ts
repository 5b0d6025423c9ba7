import type { SymbolicTensor, Tensor } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { type Layer, type LayersModel, modelGraph, type Weight } from 'onward/export';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { tensorflowActivations } from '#onward/export/layers/activations.js';
import { snakeKeys } from '#onward/export/read/snake-case.js';
import { figures, isWanted, operatorsOfClass } from './figures.js';
import { layersOf, numbers, operatorsOf, relativeDifference, tf } from './networks.js';
import {
  apply,
  applyAll,
  difference,
  graphOfModel,
  modelOf,
  modelOfOne,
  type Runtime,
  recurrentClasses,
  run,
} from './recurrent-models.js';

const { layers } = tf;
type Activation = 'tanh';

const camelCase = (name: string) =>
  (name === 'gelu_new' ? name : name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())) as Activation;
const activation = fc.constantFrom(...tensorflowActivations.map(camelCase));
/** What an ONNX operator has as well: most models. */
const usual = fc.constantFrom(
  ...['tanh', 'sigmoid', 'hardSigmoid', 'relu', 'softsign', 'softplus', 'elu'],
) as fc.Arbitrary<Activation>;
const any = fc.oneof(usual, activation);
const bool = fc.boolean();
const few = fc.integer({ min: 1, max: 4 });
const gates = { units: few, activation: any, recurrentActivation: any, useBias: bool };
const over = { returnSequences: bool, returnState: bool, goBackwards: bool };
const cell = fc.record(gates);
const layer = fc.record({ ...gates, ...over });

const cells = { SimpleRNN: layers.simpleRNNCell, GRU: layers.gruCell, LSTM: layers.lstmCell };
const kinds = { SimpleRNN: layers.simpleRNN, GRU: layers.gru, LSTM: layers.lstm };
const kind = fc.constantFrom('SimpleRNN' as const, 'GRU' as const, 'LSTM' as const);

/** What a model starts with: a sequence as it is, or with masked steps. */
const start = fc.constantFrom('plain' as const, 'masking' as const, 'embedding' as const);
const begin = (x: SymbolicTensor, how: string) => (how === 'masking' ? apply(layers.masking(), x) : x);

const table = figures('tfjs');
/** What a class becomes, when somebody wants to know. */
const operators = (model: LayersModel, name: string) =>
  isWanted ? operatorsOfClass(modelGraph(model, { optimize: 'none' }), model, name) : [];

const worst = new Map<string, number>();
function note(name: string, found: number, limit = 1e-5): void {
  worst.set(name, Math.max(worst.get(name) ?? 0, found));
  expect(found).toBeLessThanOrEqual(limit);
}

async function check(
  name: string,
  model: ReturnType<typeof modelOf>,
  options?: Parameters<typeof difference>[1],
  limit = 1e-5,
) {
  try {
    const found = await difference(model, options);
    note(name, found, limit);
    // `GRU x32`: over 32 steps.
    const className = name.split(' ')[0]!;
    if (recurrentClasses.has(className)) table.note(className, found, operators(await layersOf(model), className));
  } finally {
    model.dispose();
  }
}

// TensorFlow.js says of every initial state that it keeps it among the inputs.
beforeAll(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}));
afterAll(() => void vi.restoreAllMocks());

interface Cell {
  readonly stateSize: number | number[];
  build(shape: (number | null)[]): void;
  getConfig(): object;
  getClassName(): string;
  readonly weights: { readonly originalName: string; read(): Tensor }[];
  call(inputs: Tensor[], kwargs: object): Tensor[];
}

/** A cell against its own `call`: TensorFlow.js makes no model of one. */
async function checkCell(cell: Cell, shape: number[], stateOf = (_: number[], size: number) => [size]): Promise<void> {
  cell.build([null, ...shape]);
  const shapes = [shape, ...[cell.stateSize].flat().map((size) => stateOf(shape, size))];
  const feeds = shapes.map((each, i) => {
    const dims = [2, ...each];
    return {
      dims,
      values: numbers(
        i,
        dims.reduce((a, b) => a * b, 1),
      ),
    };
  });
  const expected = tf.tidy(() =>
    cell
      .call(
        feeds.map(({ dims, values }) => tf.tensor(values, dims)),
        {},
      )
      .map((each) => each.dataSync<'float32'>().slice()),
  );
  const weights = new Map(
    cell.weights.map((weight): [string, Weight] => {
      const value = weight.read();
      return [weight.originalName, { dims: value.shape, values: value.dataSync<'float32'>().slice() }];
    }),
  );
  const config = snakeKeys(cell.getConfig()) as Layer['config'];
  const model = modelOfOne({ className: cell.getClassName(), config, weights }, shapes, expected.length);
  const results = await run(model, feeds);
  const differences = results.map(({ values }, i) => relativeDifference(values, expected[i]!));
  for (const found of differences) note(cell.getClassName(), found);
  table.note(cell.getClassName(), Math.max(...differences), operators(model, cell.getClassName()));
}

describe('a recurrent layer predicts what TensorFlow.js predicts:', () => {
  it.each(['SimpleRNN', 'GRU', 'LSTM'] as const)('%s', async (name) => {
    await fc.assert(
      fc.asyncProperty(few, few, layer, start, fc.nat(1000), async (steps, inputs, args, how, seed) => {
        const embed = how === 'embedding';
        const model = modelOf(
          [embed ? [steps] : [steps, inputs]],
          (x) => {
            const sequence = embed
              ? apply(layers.embedding({ inputDim: 10, outputDim: inputs, maskZero: true }), x)
              : begin(x, how);
            return applyAll(kinds[name](args), sequence);
          },
          seed,
        );
        await check(name, model, { ids: embed, blank: how === 'masking' });
      }),
      { numRuns: 40 },
    );
  });

  it('RNN of a cell, or of a stack of them', async () => {
    const stack = fc.array(fc.tuple(kind, cell), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(few, stack, fc.record(over), start, fc.nat(1000), async (steps, drawn, args, how, seed) => {
        const made = drawn.map(([name, of]) => cells[name](of));
        const model = modelOf(
          [[steps, 3]],
          (x) => applyAll(layers.rnn({ ...args, cell: made.length === 1 ? made[0]! : made }), begin(x, how)),
          seed,
        );
        await check('RNN', model, { blank: how === 'masking' });
      }),
      { numRuns: 40 },
    );
  });

  it('ConvLSTM2D', async () => {
    const args = fc.record({
      filters: fc.integer({ min: 1, max: 3 }),
      kernelSize: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      padding: fc.constantFrom('same' as const, 'valid' as const),
      activation: any,
      recurrentActivation: any,
      useBias: bool,
      ...over,
    });
    // TensorFlow.js masks each pixel, so there must be as many after the convolution.
    for (const returnState of [false, true]) {
      const same = layers.convLstm2d({
        filters: 2,
        kernelSize: 3,
        padding: 'same',
        returnState,
        returnSequences: true,
      });
      const model = modelOf([[4, 3, 4, 2]], (x) => applyAll(same, apply(layers.masking(), x)));
      await check('ConvLSTM2D', model, { blank: true });
      const dataFormat = 'channelsFirst' as const;
      const first = layers.convLstm2d({
        filters: 2,
        kernelSize: [3, 2],
        dataFormat,
        returnState,
        returnSequences: !returnState,
      });
      await check(
        'ConvLSTM2D',
        modelOf([[4, 3, 5, 6]], (x) => applyAll(first, x)),
      );
    }
    const windows = fc.oneof(fc.record({ strides: few }), fc.record({ dilationRate: fc.constant(2) }));
    await fc.assert(
      fc.asyncProperty(
        few,
        fc.constantFrom(1, 2),
        args,
        windows,
        fc.nat(1000),
        async (steps, channels, drawn, how, seed) => {
          const shape = [steps, 6, 5, channels];
          await check(
            'ConvLSTM2D',
            modelOf([shape], (x) => applyAll(layers.convLstm2d({ ...drawn, ...how }), x), seed),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  it('Bidirectional', async () => {
    const merge = fc.constantFrom('concat' as const, 'sum' as const, 'mul' as const, 'ave' as const, null);
    await fc.assert(
      fc.asyncProperty(few, kind, layer, merge, start, fc.nat(1000), async (steps, name, args, mode, how, seed) => {
        const inner = kinds[name](args) as ReturnType<typeof layers.simpleRNN>;
        const wrapper = layers.bidirectional({ layer: inner, mergeMode: mode as 'concat' });
        const model = modelOf([[steps, 2]], (x) => applyAll(wrapper, begin(x, how)), seed);
        await check('Bidirectional', model, { blank: how === 'masking' });
      }),
      { numRuns: 40 },
    );
  });

  it('TimeDistributed', async () => {
    const inner: [number[], () => ReturnType<typeof layers.dense>][] = [
      [[3], () => layers.dense({ units: 2, activation: 'relu' })],
      [[4, 3], () => layers.dense({ units: 2 })],
      [[6, 5, 2], () => layers.conv2d({ filters: 3, kernelSize: 3, strides: 2, activation: 'softmax' })],
      [[6, 5, 2], () => layers.separableConv2d({ filters: 3, kernelSize: 3 })],
      [[6, 5, 2], () => layers.batchNormalization()],
      [[6, 5, 2], () => layers.maxPooling2d({ poolSize: 2 })],
      [[6, 5, 2], () => layers.flatten()],
      [[4, 3], () => layers.lstm({ units: 2 })],
      [[4, 3], () => layers.gru({ units: 2, returnSequences: true })],
      [[4, 3], () => layers.bidirectional({ layer: layers.gru({ units: 2 }) as never, mergeMode: 'concat' })],
      [[4, 3], () => layers.timeDistributed({ layer: layers.dense({ units: 2 }) })],
    ] as never;
    for (const [step, build] of inner) {
      await check(
        'TimeDistributed',
        modelOf([[3, ...step]], (x) => apply(layers.timeDistributed({ layer: build() }), x)),
      );
    }
    const model = tf.sequential({
      layers: [
        layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [5, 6, 1] }),
        layers.flatten(),
        layers.dense({ units: 2 }),
      ],
    });
    await check(
      'TimeDistributed',
      modelOf([[3, 5, 6, 1]], (x) => apply(layers.timeDistributed({ layer: model as never }), x)),
    );
  });

  it('a cell by itself', async () => {
    const of = (name: keyof typeof cells, args: object) => cells[name](args as never);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(kind, cell), { minLength: 1, maxLength: 3 }), async (drawn) => {
        const [name, args] = drawn[0]!;
        const stack = layers.stackedRNNCells({ cells: drawn.map(([name, args]) => of(name, args)) });
        for (const made of [of(name, args), stack]) await checkCell(made as Cell, [3]);
      }),
      { numRuns: 15 },
    );
    for (const dataFormat of ['channelsLast', 'channelsFirst'] as const) {
      const made = layers.convLstm2dCell({ filters: 2, kernelSize: 3, padding: 'same', dataFormat });
      await checkCell(made as never, [4, 5, 3], (shape) =>
        dataFormat === 'channelsLast' ? [...shape.slice(0, -1), 2] : [2, ...shape.slice(1)],
      );
    }
  });

  it('has a case here, whichever it is', () => expect([...worst.keys()].sort()).toEqual([...recurrentClasses].sort()));
});

afterAll(() => table.done('recurrent'));
afterAll(() => console.log(`recurrent: max |Δ| ${JSON.stringify(Object.fromEntries(worst))}`));

describe('recurrent layers', () => {
  it.each(['SimpleRNN', 'GRU', 'LSTM'] as const)('%s starts from the states that it is given', async (name) => {
    const states = name === 'LSTM' ? [[2], [2]] : [[2]];
    for (const activation of ['tanh', 'selu'] as const) {
      for (const goBackwards of [false, true]) {
        const args = { units: 2, activation: activation as Activation, goBackwards, returnState: true };
        await check(
          'initial',
          modelOf([[4, 3], ...states], (...x) => applyAll(kinds[name](args), ...x)),
        );
        const wrapper = layers.bidirectional({ layer: kinds[name](args) as never, mergeMode: 'concat' });
        await check(
          'initial',
          modelOf([[4, 3], ...states, ...states], (...x) => applyAll(wrapper, ...x)),
        );
      }
    }
  });

  it.each(['SimpleRNN', 'GRU', 'LSTM'] as const)('%s over 32 steps, three of them', async (name) => {
    for (const activation of ['tanh', 'softmax'] as const) {
      for (const masked of [false, true]) {
        const args = { units: 16, activation: activation as Activation, returnSequences: true };
        const model = modelOf([[32, 8]], (x) => {
          let value = masked ? apply(layers.masking(), x) : x;
          for (let i = 0; i < 2; i++) value = apply(layers.dropout({ rate: 0.5 }), apply(kinds[name](args), value));
          return apply(kinds[name]({ ...args, returnSequences: false, goBackwards: true }), value);
        });
        await check(`${name} x32`, model, { blank: masked }, 1e-4);
      }
    }
  });

  it('ConvLSTM2D over 32 steps', async () => {
    const args = { filters: 3, kernelSize: 3, padding: 'same' as const };
    await check(
      'ConvLSTM2D x32',
      modelOf([[32, 6, 5, 2]], (x) => apply(layers.convLstm2d(args), x)),
      {},
      1e-4,
    );
  });

  it('are the same in the runtime of browsers', { timeout: 60_000 }, async () => {
    const web = await import('onnxruntime-web/wasm');
    web.env.wasm.numThreads = 1;
    for (const name of ['SimpleRNN', 'GRU', 'LSTM'] as const) {
      for (const activation of ['tanh', 'sigmoid', 'hardSigmoid', 'relu', 'softsign', 'softplus', 'elu', 'selu']) {
        const args = { units: 3, activation: activation as Activation, returnSequences: true, goBackwards: true };
        await check(
          'web-wasm',
          modelOf([[5, 2]], (x) => apply(kinds[name](args), x)),
          { runtime: web as unknown as Runtime },
        );
      }
    }
  });

  it('are one operator each where ONNX has it', async () => {
    for (const [name, op] of [
      ['LSTM', 'LSTM'],
      ['GRU', 'GRU'],
      ['SimpleRNN', 'RNN'],
    ] as const) {
      const model = modelOf([[20, 3]], (x) => apply(kinds[name]({ units: 4 }), x));
      expect(operatorsOf(await graphOfModel(model))).toEqual(['Transpose', op, 'Squeeze']);
    }
  });
});

const steps = (values: Float32Array, from: number, to: number, all: number, batch: number) => {
  const size = values.length / batch / all;
  const parts = Array.from({ length: batch }, (_, n) =>
    values.subarray((n * all + from) * size, (n * all + to) * size),
  );
  return Float32Array.from(parts.flatMap((part) => [...part]));
};

describe('what TensorFlow.js has no model of:', () => {
  it('a ConvLSTM2D goes on from the states of another', async () => {
    const shape = [5, 4, 2];
    const args = { filters: 3, kernelSize: 3, padding: 'same' as const, returnState: true };
    const model = modelOf([[4, ...shape]], (x) => applyAll(layers.convLstm2d(args), x));
    const { weights, className, config } = (await layersOf(model)).layers.at(-1)!;
    const all = numbers(1, 2 * 4 * 40);
    const expected = tf.tidy(() =>
      (model.predict(tf.tensor(all, [2, 4, ...shape])) as Tensor[])[0]!.dataSync<'float32'>().slice(),
    );
    const layer = { weights, className, config };
    const part = (from: number) => ({ dims: [2, 2, ...shape], values: steps(all, from, from + 2, 4, 2) });
    const [, h, c] = await run(modelOfOne(layer, [[2, ...shape]], 3), [part(0)]);
    const [last] = await run(
      modelOfOne(
        layer,
        [
          [2, ...shape],
          [5, 4, 3],
          [5, 4, 3],
        ],
        3,
      ),
      [part(2), h!, c!],
    );
    note('ConvLSTM2D, in two parts', relativeDifference(last!.values, expected));
  });

  it('a GRU whose reset gate comes after the product', async () => {
    const [units, inputs, length, batch] = [3, 2, 5, 2];
    const weights = new Map<string, Weight>([
      ['kernel', { dims: [inputs, 3 * units], values: numbers(1, 3 * units * inputs) }],
      ['recurrent_kernel', { dims: [units, 3 * units], values: numbers(2, 3 * units * units) }],
      ['bias', { dims: [2, 3 * units], values: numbers(3, 6 * units) }],
    ]);
    const values = numbers(4, batch * length * inputs);
    // https://keras.io/api/layers/recurrent_layers/gru/: z h + (1 - z) tanh(x K + b + r (h R + b'))
    const expected = tf.tidy(() => {
      const [kernel, recurrent] = ['kernel', 'recurrent_kernel'].map((name) =>
        tf.tensor2d(weights.get(name)!.values, weights.get(name)!.dims as [number, number]),
      );
      const [bias, other] = tf.split(tf.tensor2d(weights.get('bias')!.values, [2, 3 * units]), 2) as [never, never];
      let h = tf.zeros([batch, units]) as ReturnType<typeof tf.tensor2d>;
      for (const x of tf.unstack(tf.tensor3d(values, [batch, length, inputs]), 1)) {
        const [xz, xr, xh] = tf.split(tf.add(tf.matMul(x as never, kernel!), bias), 3, 1) as [
          typeof h,
          typeof h,
          typeof h,
        ];
        const [hz, hr, hh] = tf.split(tf.add(tf.matMul(h, recurrent!), other), 3, 1) as [typeof h, typeof h, typeof h];
        const [z, r] = [tf.sigmoid(tf.add(xz, hz)), tf.sigmoid(tf.add(xr, hr))];
        h = tf.add(tf.mul(z, h), tf.mul(tf.sub(1, z), tf.tanh(tf.add(xh, tf.mul(r, hh)))));
      }
      return h.dataSync<'float32'>().slice();
    });
    const config = { units, activation: 'tanh', recurrent_activation: 'sigmoid', reset_after: true };
    // With a mask that hides nothing, in plain operators.
    for (const masked of [false, true]) {
      const model = modelOfOne({ className: 'GRU', config, weights }, [[length, inputs]]);
      const masking: Layer = {
        className: 'Masking',
        name: 'mask',
        config: { mask_value: 9 },
        calls: [[{ layer: 'input0', call: 0, output: 0 }]],
        weights: new Map(),
      };
      const [input, gru] = model.layers as [Layer, Layer];
      const chained = {
        ...model,
        layers: [input, masking, { ...gru, calls: [[{ layer: 'mask', call: 0, output: 0 }]] }],
      };
      const [result] = await run(masked ? chained : model, [{ dims: [batch, length, inputs], values }]);
      note('GRU, reset_after', relativeDifference(result!.values, expected));
    }
  });
});

describe('a recurrent layer refuses what it cannot write:', () => {
  const weights = new Map<string, Weight>([
    ['kernel', { dims: [2, 4], values: new Float32Array(8) }],
    ['recurrent_kernel', { dims: [1, 4], values: new Float32Array(4) }],
    ['bias', { dims: [4], values: new Float32Array(4) }],
  ]);
  const lstm = { class_name: 'LSTM', config: { name: 'inner', units: 1 } };
  it.each<[string, string, Layer['config'], number[][]]>([
    ['has stateful true', 'LSTM', { stateful: true }, [[3, 2]]],
    ['has time_major true', 'LSTM', { time_major: true }, [[3, 2]]],
    ['has zero_output_for_mask true', 'LSTM', { zero_output_for_mask: true }, [[3, 2]]],
    ['has num_constants', 'LSTM', { num_constants: 1 }, [[3, 2]]],
    ['takes [steps, numbers], got [2]', 'LSTM', {}, [[2]]],
    ['has a kernel for 2 numbers, and its input has [3, 5]', 'LSTM', {}, [[3, 5]]],
    ['has 2 states, and takes 1 as its initial ones', 'LSTM', {}, [[3, 2], [1]]],
    ['has a recurrent kernel of [1, 4], expected 3 gates', 'GRU', {}, [[3, 2]]],
    ['has the weight "bias" of [4], expected 2 dimensions', 'GRU', { reset_after: true }, [[3, 2]]],
    ['has a kernel of [2, 4] and a recurrent kernel of [1, 4], expected them of 2', 'LSTM', { units: 2 }, [[3, 2]]],
    ['has no cell in its config', 'RNN', {}, [[3, 2]]],
    ['runs a cell of the class Mine', 'RNN', { cell: { class_name: 'Mine', config: {} } }, [[3, 2]]],
    [
      'without a class at place 1',
      'RNN',
      { cell: { class_name: 'StackedRNNCells', config: { cells: [{}] } } },
      [[3, 2]],
    ],
    ['activation "mine" of', 'LSTM', { activation: 'mine' }, [[3, 2]]],
    ['takes a sequence of images, got [3, 2]', 'ConvLSTM2D', {}, [[3, 2]]],
    ['has padding "causal"', 'ConvLSTM2D', { padding: 'causal' }, [[3, 5, 5, 2]]],
    ['has merge_mode "max"', 'Bidirectional', { merge_mode: 'max', layer: lstm }, [[3, 2]]],
    ['has backward_layer', 'Bidirectional', { backward_layer: lstm, layer: lstm }, [[3, 2]]],
    ['takes a sequence and the initial states of both', 'Bidirectional', { layer: lstm }, [[3, 2], [1]]],
    ['wraps a Dense', 'Bidirectional', { layer: { class_name: 'Dense', config: { name: 'inner' } } }, [[3, 2]]],
  ])('%s', (expected, className, config, shapes) => {
    const inner = config.layer as { class_name: string; config: object } | undefined;
    const wrapped =
      inner && ({ className: inner.class_name, name: 'inner', config: inner.config, calls: [[]], weights } as Layer);
    const withDefaults = { activation: 'tanh', recurrent_activation: 'sigmoid', ...config };
    const own =
      className === 'GRU' && config.reset_after
        ? new Map([
            ...weights,
            ['kernel', { dims: [2, 3], values: new Float32Array(6) }] as const,
            ['recurrent_kernel', { dims: [1, 3], values: new Float32Array(3) }] as const,
          ])
        : weights;
    const model = modelOfOne({ className, config: withDefaults, weights: own, ...(wrapped && { wrapped }) }, shapes);
    const write = () => modelGraph(model);
    expect(write).toThrow(expected);
    expect(write).toThrow('"it');
    expect(write).toThrow(expect.objectContaining({ name: 'OnwardError', kind: 'input' }));
  });

  it('a mask that came to an end before it, of another length', async () => {
    const model = modelOf([[4, 2]], (x) => {
      const code = apply(layers.gru({ units: 2, name: 'code' }), apply(layers.masking(), x));
      return apply(layers.gru({ units: 2 }), apply(layers.repeatVector({ n: 3 }), code));
    });
    await expect(graphOfModel(model)).rejects.toThrow('goes on with the mask of 4 steps, for 3');
  });
});

describe('a mask', () => {
  it('that came to an end goes on all the same in TensorFlow.js, and not in Keras', async () => {
    const build = (x: SymbolicTensor) => {
      const code = apply(layers.gru({ units: 2, name: 'code' }), apply(layers.masking(), x));
      const decoded = apply(
        layers.gru({ units: 3, returnSequences: true }),
        apply(layers.repeatVector({ n: 4 }), code),
      );
      return apply(layers.dense({ units: 2 }), decoded);
    };
    const model = modelOf([[4, 2]], build);
    const read = await layersOf(model);
    await check('mask', model, { blank: true });
    const masks = (layersModel: typeof read) =>
      modelGraph(layersModel).nodes.filter(({ op, name }) => op === 'Where' && !name.startsWith('code')).length;
    expect(masks(read)).toBeGreaterThan(0);
    expect(masks({ ...read, origin: 'keras-3' })).toBe(0);
  });

  it('hides the outputs of masked steps where Keras says so', async () => {
    const model = modelOf([[5, 2]], (x) =>
      apply(layers.lstm({ units: 3, returnSequences: true }), apply(layers.masking(), x)),
    );
    const read = await layersOf(model);
    const said = read.layers.map((layer) =>
      layer.className === 'LSTM' ? { ...layer, config: { ...layer.config, zero_output_for_mask: true } } : layer,
    );
    const values = numbers(1, 2 * 5 * 2).map((value, i) => (Math.floor(i / 2) % 3 === 1 ? 0 : value));
    const shown = tf.tidy(() => (model.predict(tf.tensor(values, [2, 5, 2])) as Tensor).dataSync<'float32'>().slice());
    const expected = shown.map((value, i) => (Math.floor(i / 3) % 3 === 1 ? 0 : value));
    const [result] = await run({ ...read, layers: said }, [{ dims: [2, 5, 2], values }]);
    note('zero_output_for_mask', relativeDifference(result!.values, expected));
  });

  it('goes through a model in the model, and a TimeDistributed', async () => {
    const inner = tf.input({ shape: [4, 3] });
    const model = tf.model({ inputs: inner, outputs: apply(layers.lstm({ units: 2, returnSequences: true }), inner) });
    const build = (x: SymbolicTensor) => {
      const dense = layers.timeDistributed({ layer: layers.dense({ units: 3, activation: 'tanh' }) });
      return apply(model, apply(dense, apply(layers.masking(), x)));
    };
    await check('mask', modelOf([[4, 3]], build), { blank: true });
  });
});
