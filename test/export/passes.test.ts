import type { SymbolicTensor, LayersModel as TfModel } from '@tensorflow/tfjs';
import { type Pass, passes } from 'onward/export';
import type { Graph } from 'onward/model';
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

it('every pass is tested here', () => {
  expect(passes.map(({ name }) => name)).toEqual([
    'drop-identity',
    'merge-duplicates',
    'fold-batch-norm',
    'drop-unused',
  ]);
});
