import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, ValueInfoProtoSchema } from 'onnx-buf';
import { engineByName, openSession } from 'onward/engines';
import {
  type Attribute,
  decodeModel,
  encodeModel,
  floatInitializer,
  type Graph,
  int,
  ints,
  loadModel,
  toProbabilities,
  toTensor,
} from 'onward/model';
import { describe, expect, it } from 'vitest';
import { graph, node, refusalOf, tensor } from './small.js';

/** A file as another tool writes it. */
function foreign(changes: Partial<Graph> = {}): Uint8Array<ArrayBuffer> {
  const model = decodeModel(encodeModel({ ...graph, ...changes }, [], ''));
  return toBinary(ModelProtoSchema, { ...model, producerName: 'pytorch' }) as Uint8Array<ArrayBuffer>;
}
const load = (changes: Partial<Graph> = {}) => loadModel(foreign(changes), { name: 'foreign.onnx' });

const image = (dims: (number | string)[], type: 'uint8' | 'float32' = 'float32') => ({
  inputs: [tensor('x', type, dims)],
});
const scores = tensor('scores', 'float32', ['N', 3]);
const probabilities = tensor('probabilities', 'float32', ['N', 3]);
const boxes = tensor('boxes', 'float32', ['N', 100, 4]);

describe('a model from elsewhere', () => {
  it.each<[string, Partial<Graph>, object]>([
    [
      'floats, channels first',
      image(['N', 3, 8, 6]),
      {
        tensor: { name: 'x', type: 'float32', layout: 'NCHW', scale: 1 / 255 },
        input: { width: 6, height: 8, channels: 3 },
      },
    ],
    [
      'floats, channels last',
      image(['N', 8, 6, 1]),
      { tensor: { layout: 'NHWC', scale: 1 / 255 }, input: { width: 6, height: 8, channels: 1 } },
    ],
    [
      'bytes, channels last',
      image(['N', 8, 6, 3], 'uint8'),
      { tensor: { type: 'uint8', layout: 'NHWC', scale: 1 }, input: { width: 6, height: 8 } },
    ],
    [
      'bytes, channels first',
      image(['?', 1, 8, 6], 'uint8'),
      { tensor: { type: 'uint8', layout: 'NCHW' }, input: { channels: 1 } },
    ],
  ])('takes %s', (_, changes, expected) => {
    const model = load(changes);
    expect(model).toMatchObject(expected);
    expect(model).toMatchObject({ labels: ['0', '1', '2'], golden: undefined, digest: undefined, provenance: {} });
    expect(model.guesses[0]).toContain('nothing proves what it predicts');
    expect(model.guesses).toHaveLength(2);
  });

  it('gives probabilities where a softmax made them, else logits', () => {
    expect(load().output).toEqual({ name: 'probabilities', kind: 'probabilities' });
    const logits = load({ outputs: [scores] });
    expect(logits.output).toEqual({ name: 'scores', kind: 'logits' });
    expect(logits.guesses.at(-1)).toBe('the output "scores" is taken as logits (it comes from Gemm)');
    const carried = {
      nodes: [...graph.nodes, node('Identity', ['probabilities'], 'out')],
      outputs: [{ ...scores, name: 'out' }],
    };
    expect(load(carried).output).toEqual({ name: 'out', kind: 'probabilities' });
    const far = ['Reshape', 'Squeeze', 'Flatten', 'Transpose', 'Identity'].map((op, i, { length }) =>
      node(op, [i === 0 ? 'probabilities' : `far${i}`], i === length - 1 ? 'out' : `far${i + 1}`),
    );
    expect(load({ ...carried, nodes: [...graph.nodes, ...far] }).output.kind).toBe('probabilities');
    const computedByNobody = load({ outputs: [{ ...scores, name: 'gone' }] });
    expect(computedByNobody.guesses.at(-1)).toContain('nowhere');
  });

  it('may give other things beside what a softmax made', () => {
    expect(load({ outputs: [tensor('flat', 'float32', ['N', 18]), probabilities] }).output.name).toBe('probabilities');
  });

  it('says when it takes batches of one size only', () => {
    expect(load(image([1, 3, 8, 6])).tensor.batch).toBe(1);
    expect(load(image(['N', 3, 8, 6])).tensor).not.toHaveProperty('batch');
  });

  it('goes round in no circles', () => {
    const nodes = [node('Identity', ['scores'], 'a'), node('Identity', ['a'], 'scores')];
    expect(load({ nodes, outputs: [scores] }).output.kind).toBe('logits');
  });

  it('takes weights listed among the inputs for weights', () => {
    expect(load({ inputs: [...graph.inputs, tensor('kernel', 'float32', [18, 3])] }).tensor.name).toBe('image');
  });

  const isNo = 'it is not an image classifier: ';
  it.each<[string, Partial<Graph>, string]>([
    ['no input', { inputs: [] }, 'expected one input with images, got 0'],
    [
      'two inputs',
      { inputs: [...graph.inputs, tensor('mask', 'float32', ['N', 1])] },
      'expected one input with images, got 2',
    ],
    ['words', { inputs: [tensor('ids', 'int64', ['N', 128])] }, 'got "ids" int64 [N, 128]'],
    ['numbers', image(['N', 30]), 'got "x" float32 [N, 30]'],
    [
      'images of any size',
      image(['N', 3, 'H', 'W']),
      'expected images of a fixed size with 1 or 3 channels, got "x" float32 [N, 3, H, W]',
    ],
    ['images of 4 channels', image(['N', 4, 8, 8]), 'with 1 or 3 channels'],
    ['images of no size', image(['N', 3, 0, 8]), 'of a fixed size'],
    ['images of a negative size', image(['N', 3, -8, 8]), 'of a fixed size'],
    ['images of a huge side', image(['N', 3, 1e15, 8]), 'of a fixed size'],
    ['images of a huge area', image(['N', 3, 60_000, 60_000]), 'of a fixed size'],
    ['no output', { outputs: [] }, 'got none'],
    ['one class', { outputs: [tensor('scores', 'float32', ['N', 1])] }, 'at least 2 classes'],
    ['more classes than there are', { outputs: [tensor('scores', 'float32', ['N', 2 ** 40])] }, 'at least 2 classes'],
    ['any number of classes', { outputs: [tensor('scores', 'float32', ['N', 'C'])] }, 'got "scores" float32 [N, C]'],
    ['a mask', { outputs: [tensor('mask', 'float32', ['N', 1, 8, 8])] }, 'got "mask" float32 [N, 1, 8, 8]'],
    ['a class and no scores', { outputs: [tensor('label', 'int64', ['N'])] }, 'got "label" int64 [N]'],
    ['boxes and scores', { outputs: [boxes, scores] }, 'got "boxes" float32 [N, 100, 4], "scores" float32 [N, 3]'],
    [
      'two softmaxes',
      {
        nodes: [...graph.nodes, node('Softmax', ['scores'], 'other')],
        outputs: [probabilities, { ...scores, name: 'other' }],
      },
      'of several outputs one that a Softmax computes',
    ],
    [
      'a probability of its own for each class',
      { nodes: [...graph.nodes, node('Sigmoid', ['scores'], 'p')], outputs: [{ ...scores, name: 'p' }] },
      '"p" comes from a Sigmoid',
    ],
  ])('with %s is refused', (_, changes, expected) => {
    const message = refusalOf(foreign(changes))!;
    expect(message).toContain(isNo);
    expect(message).toContain(expected);
  });

  it('whose input is no tensor is refused', () => {
    const model = decodeModel(foreign());
    model.graph!.input = [create(ValueInfoProtoSchema, { name: 'x\n\u001b' })];
    const file = toBinary(ModelProtoSchema, model) as Uint8Array<ArrayBuffer>;
    expect(refusalOf(file)).toContain('got "x\\n\\u001b" that is no tensor');
  });

  it('with any one bit changed is read or refused, and nothing else happens', () => {
    const bytes = foreign();
    for (let i = 0; i < bytes.length * 8; i++) {
      refusalOf(bytes.with(i >> 3, bytes[i >> 3]! ^ (1 << (i & 7))));
    }
  });

  it('predicts: bytes moved to where it wants them, logits made probabilities', async () => {
    // The mean of each channel is its logit.
    const model = load({
      inputs: [tensor('x', 'float32', ['N', 3, 2, 2])],
      outputs: [tensor('mean', 'float32', ['N', 3])],
      nodes: [
        node('Mul', ['x', 'ten'], 'scaled'),
        node('ReduceMean', ['scaled'], 'mean', { axes: ints([2, 3]), keepdims: int(0) } as Record<string, Attribute>),
      ],
      initializers: new Map([['ten', floatInitializer('ten', [], Float32Array.of(10))]]),
    });
    const session = await openSession(engineByName('ort-cpu'), model);
    const [red, gray] = [Array.from({ length: 4 }, () => [255, 0, 0]).flat(), Array.from({ length: 12 }, () => 128)];
    const answer = await session.predict(Uint8Array.from([...red, ...gray]), 2);
    await session.close();
    const power = Math.exp(10);
    const expected = [power / (power + 2), 1 / (power + 2), 1 / (power + 2), 1 / 3, 1 / 3, 1 / 3];
    for (const [i, p] of expected.entries()) expect(answer[i]).toBeCloseTo(p, 6);
  });
});

describe('toTensor', () => {
  const images = Uint8Array.from({ length: 24 }, (_, i) => i * 10);
  it('gives our own graphs the bytes themselves', () => {
    const model = load(image(['N', 2, 2, 3], 'uint8'));
    expect(toTensor(model, images, 2).data).toBe(images);
    expect(toTensor(model, images, 2).dims).toEqual([2, 2, 2, 3]);
  });

  it('moves channels first, and scales', () => {
    const { data, dims } = toTensor(load(image(['N', 3, 2, 2], 'uint8')), images, 2);
    expect(dims).toEqual([2, 3, 2, 2]);
    expect([...data].slice(0, 12)).toEqual([0, 30, 60, 90, 10, 40, 70, 100, 20, 50, 80, 110]);
    const floats = toTensor(load(image(['N', 2, 2, 3])), images, 2).data;
    expect(floats).toEqual(Float32Array.from(images, (byte) => byte * (1 / 255)));
  });
});

it('toProbabilities is a softmax of each row, however large the logits', () => {
  const model = { ...load({ outputs: [scores] }) };
  const answer = toProbabilities(model, Float32Array.of(1000, 1000, -1000, 0, Math.log(2), Math.log(5)));
  expect([...answer].map((p) => Number(p.toFixed(6)))).toEqual([0.5, 0.5, 0, 0.125, 0.25, 0.625]);
  const given = Float32Array.of(0.1, 0.9);
  expect(toProbabilities(load(), given)).toBe(given);
});
