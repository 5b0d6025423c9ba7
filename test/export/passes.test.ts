import type { SymbolicTensor, LayersModel as TfModel } from '@tensorflow/tfjs';
import { type Pass, passes } from 'onward/export';
import { floatInitializer, type Graph, intInitializer } from 'onward/model';
import { describe, expect, it } from 'vitest';
import { graphOf, layersOf, numbers, operatorsOf, relativeDifference, runGraph, tf, withWeights } from './networks.js';

const { layers } = tf;
const pass = (name: string): Pass => passes.find((each) => each.name === name)!;
const apply = (layer: { apply(x: SymbolicTensor | SymbolicTensor[]): unknown }, x: SymbolicTensor | SymbolicTensor[]) =>
  layer.apply(x) as SymbolicTensor;

const model = (body: (x: SymbolicTensor) => SymbolicTensor, shape: number[] = [7, 6, 3]): TfModel => {
  const input = tf.input({ shape });
  return withWeights(tf.model({ inputs: input, outputs: body(input) }));
};
const conv = (args: { useBias?: boolean; activation?: 'relu' } = {}) =>
  layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', ...args });
const norm = () => layers.batchNormalization();

/** A graph before and after one pass, and how far apart they compute. */
async function beforeAndAfter(name: string, made: TfModel) {
  const before = graphOf(await layersOf(made), { passes: false });
  const after = pass(name).run(before);
  const dims = [2, ...(made.inputs[0]!.shape.slice(1) as number[])];
  const input = numbers(
    3,
    dims.reduce((a, b) => a * b, 1),
  );
  const expected = await runGraph(before, input, dims);
  return { before, after, difference: relativeDifference(await runGraph(after, input, dims), expected) };
}

const count = (graph: Graph, op: string) => operatorsOf(graph).filter((each) => each === op).length;

describe('fold-batch-norm', () => {
  it.each<[string, () => TfModel, number]>([
    ['a convolution', () => model((x) => apply(norm(), apply(conv(), x))), 0],
    ['a convolution without bias', () => model((x) => apply(norm(), apply(conv({ useBias: false }), x))), 0],
    ['a dense layer', () => model((x) => apply(norm(), apply(layers.dense({ units: 5 }), x)), [9]), 0],
    [
      'a dense layer without bias',
      () => model((x) => apply(norm(), apply(layers.dense({ units: 5, useBias: false }), x)), [9]),
      0,
    ],
    [
      'a depthwise convolution',
      () => model((x) => apply(norm(), apply(layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }), x))),
      0,
    ],
    [
      'a separable convolution',
      () => model((x) => apply(norm(), apply(layers.separableConv2d({ kernelSize: 3, filters: 5 }), x))),
      0,
    ],
    [
      'another batch norm, both into the convolution',
      () => model((x) => apply(norm(), apply(norm(), apply(conv(), x)))),
      0,
    ],
    [
      'one of two branches',
      () => model((x) => apply(layers.add(), [apply(conv(), x), apply(norm(), apply(conv(), x))])),
      0,
    ],
    [
      'a convolution whose bias would get a name that a layer has',
      () =>
        model((x) => {
          const named = layers.conv2d({ name: 'a', filters: 4, kernelSize: 3, useBias: false });
          return apply(norm(), apply(named, apply(layers.reLU({ name: 'a/bias' }), x)));
        }),
      0,
    ],
    [
      'nothing: the output of the convolution is used twice',
      () =>
        model((x) => {
          const value = apply(conv(), x);
          return apply(layers.add(), [value, apply(norm(), value)]);
        }),
      1,
    ],
    [
      'nothing: the kernel is used twice',
      () =>
        model((x) => {
          const shared = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' });
          return apply(norm(), apply(shared, apply(shared, x)));
        }),
      1,
    ],
    ['nothing: a relu stands between', () => model((x) => apply(norm(), apply(conv({ activation: 'relu' }), x))), 1],
    [
      'nothing: a pool stands between',
      () => model((x) => apply(norm(), apply(layers.maxPooling2d({ poolSize: 2 }), apply(conv(), x)))),
      1,
    ],
    [
      'nothing: it comes first, after the move of a gray image',
      () => model((x) => apply(conv(), apply(norm(), x)), [7, 6, 1]),
      1,
    ],
    ['nothing: it comes first', () => model((x) => apply(conv(), apply(norm(), x))), 1],
    [
      'nothing: the value was flattened',
      () => model((x) => apply(norm(), apply(layers.flatten(), apply(conv(), x)))),
      1,
    ],
  ])('folds it into %s', async (_, build, left) => {
    const { before, after, difference } = await beforeAndAfter('fold-batch-norm', build());
    expect(count(before, 'BatchNormalization')).toBeGreaterThan(0);
    expect(count(after, 'BatchNormalization')).toBe(left);
    expect(difference).toBeLessThanOrEqual(left ? 0 : 2e-6);
  });

  it('takes a constant scale and shift of each channel as it takes batch norm', async () => {
    const rescaled = layers.rescaling({ scale: 1.5, offset: -0.25 });
    const { after, difference } = await beforeAndAfter(
      'fold-batch-norm',
      model((x) => apply(rescaled, apply(conv(), x))),
    );
    expect(operatorsOf(after).filter((op) => op === 'Mul' || op === 'Add')).toEqual([]);
    expect(difference).toBeLessThanOrEqual(2e-6);
  });

  it('changes nothing of the graph that it is given', async () => {
    const graph = graphOf(await layersOf(model((x) => apply(norm(), apply(conv(), x)))), { passes: false });
    const copy = structuredClone(graph);
    pass('fold-batch-norm').run(graph);
    expect(graph).toEqual(copy);
  });
});

describe('merge-duplicates', () => {
  it('moves an image that two branches take once', async () => {
    const made = model((x) => apply(layers.add(), [apply(conv(), x), apply(conv(), x)]));
    const { before, after, difference } = await beforeAndAfter('merge-duplicates', made);
    // One of them is at the output of the test's graph.
    expect(count(before, 'Transpose')).toBe(3);
    expect(count(after, 'Transpose')).toBe(2);
    expect(difference).toBe(0);
  });

  it('keeps nodes that differ in an attribute, an input or a weight, and outputs of the graph', () => {
    const node = (op: string, inputs: string[], output: string, value = 0): Graph['nodes'][number] => ({
      name: output,
      op,
      inputs,
      outputs: [output],
      attributes: { axis: { kind: 'int', value } },
    });
    const graph: Graph = {
      name: 'test',
      opset: 17,
      inputs: [{ name: 'x', type: 'float32', dims: ['N', 3] }],
      outputs: [
        { name: 'a', type: 'float32', dims: ['N', 3] },
        { name: 'b', type: 'float32', dims: ['N', 3] },
      ],
      nodes: [
        node('Softmax', ['x'], 'one'),
        node('Softmax', ['x'], 'two', 1),
        node('Softmax', ['x'], 'three'),
        node('Softmax', ['two'], 'a'),
        node('Softmax', ['two'], 'b'),
        node('Add', ['one', 'three'], 'c'),
      ],
      initializers: new Map(),
    };
    const { nodes } = pass('merge-duplicates').run(graph);
    expect(nodes.map(({ name, inputs }) => [name, ...inputs])).toEqual([
      ['one', 'x'],
      ['two', 'x'],
      ['a', 'two'],
      ['b', 'two'],
      ['c', 'one', 'one'],
    ]);
  });
});

describe('drop-identity', () => {
  const node = (op: string, input: string, output: string) => ({
    name: output,
    op,
    inputs: [input],
    outputs: [output],
    attributes: {},
  });
  const run = (nodes: Graph['nodes'], ends: string[]) => {
    const value = (name: string) => ({ name, type: 'float32' as const, dims: ['N', 3] });
    const graph: Graph = {
      name: 'g',
      opset: 17,
      inputs: [value('x')],
      outputs: ends.map(value),
      nodes,
      initializers: new Map(),
    };
    return pass('drop-identity')
      .run(graph)
      .nodes.map(({ op, inputs, outputs }) => `${op}(${inputs}) ${outputs}`);
  };

  it('goes through chains, and hands the name of an output to what computes it', () => {
    const nodes = [
      node('Identity', 'x', 'a'),
      node('Relu', 'a', 'b'),
      node('Identity', 'b', 'c'),
      node('Identity', 'c', 'y'),
      node('Tanh', 'c', 'z'),
    ];
    expect(run(nodes, ['y', 'z'])).toEqual(['Relu(x) y', 'Tanh(y) z']);
  });

  it('stays where a value is two outputs, or an input is an output', () => {
    expect(run([node('Relu', 'x', 'y'), node('Identity', 'y', 'z')], ['y', 'z'])).toEqual([
      'Relu(x) y',
      'Identity(y) z',
    ]);
    expect(run([node('Identity', 'x', 'y')], ['y'])).toEqual(['Identity(x) y']);
  });
});

describe('drop-unused', () => {
  it('leaves out chains that end nowhere, and their constants', async () => {
    const made = model((x) => apply(conv({ activation: 'relu' }), x));
    const whole = graphOf(await layersOf(made), { passes: false });
    const dead = whole.nodes.find(({ op }) => op === 'Conv')!;
    const dangling: Graph = {
      ...whole,
      nodes: [
        ...whole.nodes,
        { ...dead, name: 'dead', outputs: ['dead'], inputs: [dead.inputs[0]!, 'dead/kernel'] },
        { ...dead, name: 'deader', op: 'Relu', outputs: ['deader'], inputs: ['dead'], attributes: {} },
      ],
      initializers: new Map([...whole.initializers, ['dead/kernel', whole.initializers.get(dead.inputs[1]!)!]]),
    };
    expect(pass('drop-unused').run(dangling)).toEqual(whole);
  });
});

describe('move-batch-norm', () => {
  const relu = (args = {}) =>
    layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu', ...args });
  const max = () => layers.maxPooling2d({ poolSize: 2 });
  const positive = (made: TfModel) => {
    // Scales above zero, as most of training ends in: the largest number of a window stays the largest.
    for (const layer of made.layers.filter((each) => each.getClassName() === 'BatchNormalization')) {
      const [gamma, ...others] = layer.getWeights();
      layer.setWeights([gamma!.abs().add(0.1), ...others]);
    }
    return made;
  };
  const chain = (...given: Parameters<typeof apply>[0][]) =>
    model((x) => given.reduce((value, layer) => apply(layer, value), x));

  it.each<[string, () => TfModel, number]>([
    ['a convolution of one pixel', () => chain(relu(), norm(), layers.conv2d({ filters: 3, kernelSize: 1 })), 0],
    ['a convolution without padding', () => chain(relu(), norm(), layers.conv2d({ filters: 3, kernelSize: 3 })), 0],
    [
      'a convolution in groups',
      () => chain(relu(), norm(), layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 3 })),
      0,
    ],
    ['a dense layer behind flatten', () => chain(relu(), norm(), layers.flatten(), layers.dense({ units: 5 })), 0],
    [
      'a dense layer behind a pool and flatten',
      () =>
        positive(
          chain(
            relu(),
            norm(),
            max(),
            layers.dropout({ rate: 0.3 }),
            layers.flatten(),
            layers.dense({ units: 5, useBias: false }),
          ),
        ),
      0,
    ],
    [
      'a dense layer behind the mean of the image, whatever the sign',
      () => chain(relu(), norm(), layers.globalAveragePooling2d({}), layers.dense({ units: 5 })),
      0,
    ],
    [
      'a convolution behind a mean with padding, which does not count',
      () =>
        chain(
          relu(),
          norm(),
          layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
          layers.conv2d({ filters: 3, kernelSize: 1 }),
        ),
      0,
    ],
    [
      'a dense layer behind a relu',
      () =>
        model(
          (x) =>
            apply(layers.dense({ units: 3 }), apply(norm(), apply(layers.dense({ units: 5, activation: 'relu' }), x))),
          [9],
        ),
      0,
    ],
    [
      'both layers that take it',
      () =>
        model((x) => {
          const value = apply(norm(), apply(relu(), x));
          return apply(layers.add(), [
            apply(layers.conv2d({ filters: 3, kernelSize: 1 }), value),
            apply(layers.conv2d({ filters: 3, kernelSize: 1 }), value),
          ]);
        }),
      0,
    ],
    [
      'two that follow one another',
      () =>
        chain(
          relu(),
          norm(),
          layers.conv2d({ filters: 3, kernelSize: 1, activation: 'relu' }),
          norm(),
          layers.conv2d({ filters: 2, kernelSize: 1 }),
        ),
      0,
    ],
    ['nothing: zeros are put around the image', () => chain(relu(), norm(), relu()), 1],
    [
      'nothing: a pool over scales of both signs',
      () => chain(relu(), norm(), max(), layers.conv2d({ filters: 3, kernelSize: 1 })),
      1,
    ],
    [
      'nothing: a relu follows',
      () => chain(relu(), norm(), layers.reLU(), layers.conv2d({ filters: 3, kernelSize: 1 })),
      1,
    ],
    ['nothing: it is the output', () => chain(relu(), norm()), 1],
    [
      'nothing: one of two takers cannot',
      () =>
        model((x) => {
          const value = apply(norm(), apply(relu(), x));
          return apply(layers.concatenate(), [
            apply(layers.conv2d({ filters: 3, kernelSize: 1 }), value),
            apply(layers.reLU(), value),
          ]);
        }),
      1,
    ],
    [
      'nothing: the layer after it is called twice',
      () =>
        model((x) => {
          const shared = layers.conv2d({ filters: 4, kernelSize: 1 });
          return apply(shared, apply(norm(), apply(shared, apply(relu(), x))));
        }),
      1,
    ],
  ])('moves it into %s', async (_, build, left) => {
    const { before, after, difference } = await beforeAndAfter('move-batch-norm', build());
    expect(count(before, 'BatchNormalization')).toBeGreaterThan(0);
    expect(count(after, 'BatchNormalization')).toBe(left);
    expect(difference).toBeLessThanOrEqual(left ? 0 : 3e-6);
  });

  it.each<[string, () => TfModel, string[]]>([
    [
      'where the largest stays the largest',
      () => positive(chain(relu(), norm(), max(), relu())),
      ['MaxPool', 'BatchNormalization'],
    ],
    ['not with scales of both signs', () => chain(relu(), norm(), max(), relu()), ['BatchNormalization', 'MaxPool']],
  ])('puts what has to stay behind a MaxPool, %s', async (_, build, expected) => {
    const { after, difference } = await beforeAndAfter('move-batch-norm', build());
    expect(operatorsOf(after).filter((op) => op === 'MaxPool' || op === 'BatchNormalization')).toEqual(expected);
    expect(difference).toBeLessThanOrEqual(1e-6);
  });

  it('moves a scale alone into a layer that puts zeros around the image', async () => {
    const made = chain(relu(), norm(), relu());
    const [gamma, beta, mean, variance] = made.layers[2]!.getWeights();
    made.layers[2]!.setWeights([gamma!, beta!.mul(0), mean!.mul(0), variance!]);
    const { after, difference } = await beforeAndAfter('move-batch-norm', made);
    expect(count(after, 'BatchNormalization')).toBe(0);
    expect(difference).toBeLessThanOrEqual(3e-6);
  });
});

describe('merge-pad', () => {
  const pad = (padding: [[number, number], [number, number]]) => layers.zeroPadding2d({ padding });
  it.each<[string, Parameters<typeof apply>[0], number]>([
    ['a convolution', layers.conv2d({ filters: 4, kernelSize: 3, strides: 2 }), 0],
    ['a convolution with padding of its own', layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }), 0],
    ['a depthwise convolution', layers.depthwiseConv2d({ kernelSize: 3 }), 0],
    ['nothing: a pool would take the zeros for numbers', layers.maxPooling2d({ poolSize: 3 }), 1],
  ])('puts zeros around %s', async (_, layer, left) => {
    const made = model((x) =>
      apply(
        layer,
        apply(
          pad([
            [1, 2],
            [0, 3],
          ]),
          apply(conv(), x),
        ),
      ),
    );
    const { after, difference } = await beforeAndAfter('merge-pad', made);
    expect(count(after, 'Pad')).toBe(left);
    expect(difference).toBeLessThanOrEqual(1e-6);
  });

  it('leaves zeros that somebody else takes too', async () => {
    const made = model((x) => {
      const padded = apply(
        pad([
          [1, 1],
          [1, 1],
        ]),
        x,
      );
      return apply(layers.add(), [apply(layers.conv2d({ filters: 3, kernelSize: 1 }), padded), padded]);
    });
    const { after, difference } = await beforeAndAfter('merge-pad', made);
    expect(count(after, 'Pad')).toBe(1);
    expect(difference).toBe(0);
  });
});

/** A graph by hand from `x` [N, 2, 3, 4] to `y`: nodes as [operator, inputs, output, attributes], constants as [dims, numbers]. */
function byHand(
  nodes: readonly [string, string[], string, Graph['nodes'][number]['attributes']?][],
  constants: Record<string, readonly [number[], number[]]> = {},
  integers: Record<string, number[]> = {},
): Graph {
  return {
    name: 'test',
    opset: 17,
    inputs: [{ name: 'x', type: 'float32', dims: ['N', 2, 3, 4] }],
    outputs: [{ name: 'y', type: 'float32', dims: ['N', 'a', 'b', 'c'] }],
    nodes: nodes.map(([op, inputs, name, attributes = {}]) => ({ name, op, inputs, outputs: [name], attributes })),
    initializers: new Map([
      ...Object.entries(constants).map(
        ([name, [dims, values]]) => [name, floatInitializer(name, dims, Float32Array.from(values))] as const,
      ),
      ...Object.entries(integers).map(([name, values]) => [name, intInitializer(name, values)] as const),
    ]),
  };
}

/** What a pass leaves of a graph by hand, and how far apart the two compute. */
async function leaves(name: string, graph: Graph) {
  const after = pass(name).run(graph);
  const input = numbers(5, 2 * 24);
  const expected = await runGraph(graph, input, [2, 2, 3, 4]);
  return { after, difference: relativeDifference(await runGraph(after, input, [2, 2, 3, 4]), expected) };
}

describe('fold-constants', () => {
  it('computes what depends on constants alone, broadcast as ONNX does', async () => {
    const graph = byHand(
      [
        ['Add', ['a', 'b'], 'sum'],
        ['Sqrt', ['sum'], 'root'],
        ['Transpose', ['root'], 'turned', { perm: { kind: 'ints', value: [1, 0] } }],
        ['Mul', ['turned', 'c'], 'scale'],
        ['Div', ['x', 'scale'], 'divided'],
        ['Sub', ['divided', 'c'], 'y'],
      ],
      {
        a: [
          [4, 1],
          [1, 2, 3, 4],
        ],
        b: [[3], [0.5, 1.5, 2.5]],
        c: [[1], [1.25]],
      },
    );
    const { after, difference } = await leaves('fold-constants', graph);
    expect(operatorsOf(after)).toEqual(['Div', 'Sub']);
    expect(after.initializers.get('scale')!.dims).toEqual([3, 4]);
    expect(difference).toBeLessThanOrEqual(1e-6);
  });

  it('leaves out what changes nothing, and keeps what widens or copies', async () => {
    const graph = byHand(
      [
        ['Mul', ['x', 'one'], 'a'],
        ['Add', ['zero', 'a'], 'b'],
        ['Sub', ['zero', 'b'], 'c'],
        ['Mul', ['c', 'ones'], 'd'],
        ['Relu', ['d'], 'y'],
      ],
      { one: [[], [1]], zero: [[], [0]], ones: [[1, 1, 1, 1], [1]] },
    );
    const { after, difference } = await leaves('fold-constants', graph);
    expect(operatorsOf(after)).toEqual(['Identity', 'Identity', 'Sub', 'Mul', 'Relu']);
    expect(difference).toBe(0);
  });
});

describe('merge-moves', () => {
  const transpose = (...value: number[]) => ({ perm: { kind: 'ints' as const, value } });
  it.each<[string, [string, string[], string, ReturnType<typeof transpose>?][], string[]]>([
    [
      'a move and its way back',
      [
        ['Transpose', ['x'], 'a', transpose(0, 2, 3, 1)],
        ['Transpose', ['a'], 'y', transpose(0, 3, 1, 2)],
      ],
      ['Transpose', 'Identity'],
    ],
    [
      'two moves',
      [
        ['Transpose', ['x'], 'a', transpose(0, 2, 3, 1)],
        ['Transpose', ['a'], 'y', transpose(0, 2, 3, 1)],
      ],
      ['Transpose', 'Transpose'],
    ],
    ['a move that moves nothing', [['Transpose', ['x'], 'y', transpose(0, 1, 2, 3)]], ['Identity']],
    [
      'a shape that is changed again',
      [
        ['Reshape', ['x', 'flat'], 'a'],
        ['Reshape', ['a', 'shape'], 'y'],
      ],
      ['Reshape', 'Reshape'],
    ],
    [
      'a shape that keeps a size of the first',
      [
        ['Reshape', ['x', 'flat'], 'a'],
        ['Reshape', ['a', 'keeps'], 'y'],
      ],
      ['Reshape', 'Reshape'],
    ],
  ])('%s', async (_, nodes, expected) => {
    const graph = byHand(nodes, {}, { flat: [-1, 6, 4, 1], shape: [-1, 4, 3, 2], keeps: [0, 0, 2, 2] });
    const { after, difference } = await leaves('merge-moves', graph);
    expect(operatorsOf(after)).toEqual(expected);
    const keeps = nodes.some(([, inputs]) => inputs.includes('keeps'));
    expect(after.nodes.at(-1)!.inputs[0]).toBe(keeps ? 'a' : 'x');
    expect(difference).toBe(0);
  });
});

describe('merge-constants', () => {
  it('keeps one of those that are alike in type, shape and every byte', async () => {
    const many = Array.from({ length: 24 }, (_, i) => i / 7);
    const graph = byHand(
      [
        ['Add', ['x', 'a'], 'one'],
        ['Mul', ['one', 'b'], 'two'],
        ['Add', ['two', 'c'], 'three'],
        ['Mul', ['three', 'd'], 'y'],
      ],
      { a: [[2, 3, 4], many], b: [[2, 3, 4], many], c: [[1, 2, 3, 4], many], d: [[2, 3, 4], many.with(-1, 9)] },
    );
    const { after, difference } = await leaves('merge-constants', graph);
    expect([...after.initializers.keys()]).toEqual(['a', 'c', 'd']);
    expect(difference).toBe(0);
  });
});

it('every pass is tested here, and they run in an order that each of them needs', () => {
  expect(passes.map(({ name }) => name)).toEqual([
    'fold-constants',
    'merge-moves',
    'drop-identity',
    'merge-duplicates',
    'merge-pad',
    'fold-batch-norm',
    'move-batch-norm',
    'merge-constants',
    'drop-unused',
  ]);
});
