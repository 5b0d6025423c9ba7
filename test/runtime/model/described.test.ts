import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { engineByName, openSession } from 'onward/engines';
import {
  type ClassifierDescription,
  decodeModel,
  loadModel,
  loadModelFile,
  parseDescription,
  toTensor,
} from 'onward/model';
import { describe, expect, onTestFinished, test } from 'vitest';
import { imagesOf, labels, modelOf, reference, weightsOf } from '../engines/models.js';
import { asTrained, type Elsewhere, elsewhere } from './described.js';

const load = (made: Elsewhere, description?: ClassifierDescription) =>
  loadModel(elsewhere(made), { name: 'theirs.onnx', description });

async function predicted(made: Elsewhere, description: ClassifierDescription) {
  const session = await openSession(engineByName('ort-cpu'), load(made, description), { threads: 1 });
  const result = await session.predict(imagesOf(9, 5), 5);
  await session.close();
  return result;
}

describe('a described file predicts as its training did', () => {
  const expected = reference(weightsOf(1), imagesOf(9, 5), 5);
  test.each<[string, Elsewhere, ClassifierDescription]>([
    ['mean and deviation', {}, asTrained],
    ['of each channel', {}, { scale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }],
    ['blue first', { bgr: true }, { ...asTrained, channels: 'BGR' }],
    ['logits', { logits: true }, { ...asTrained, softmax: true }],
    ['any size', { dims: ['N', 3, 'H', 'W'] }, { ...asTrained, width: 8, height: 8 }],
    ['any number of channels', { dims: ['N', 'C', 8, 8] }, { ...asTrained, layout: 'NCHW', channels: 'RGB' }],
    ['any number of classes', { classes: 'C' }, { ...asTrained, labels }],
    ['one at a time', { dims: [1, 3, 8, 8] }, { ...asTrained, input: 'nchw', output: 'probabilities' }],
  ])('%s', async (_, made, description) => {
    const actual = await predicted(made, description);
    for (const [i, p] of expected.entries()) expect(actual[i]).toBeCloseTo(p, 5);
  });

  test('and otherwise where it says something else', async () => {
    const actual = await predicted({}, { ...asTrained, channels: 'BGR' });
    expect(Math.max(...actual.map((p, i) => Math.abs(p - expected[i]!)))).toBeGreaterThan(1e-3);
  });
});

test('each channel has its own mean and deviation, in the order of the graph', () => {
  const description = { scale: 2, mean: [1, 2, 3], std: [1, 10, 100] };
  const bytes = Uint8Array.from({ length: 192 }, (_, i) => 10 * (1 + (i % 3)));
  const firsts = (channels: 'RGB' | 'BGR') => {
    const { data } = toTensor(load({}, { ...description, channels }), bytes, 1);
    return [0, 64, 128].map((at) => data[at]!);
  };
  const near = (values: number[]) => values.map((value) => expect.closeTo(value, 6));
  expect(firsts('RGB')).toEqual(near([19, 3.8, 0.57]));
  expect(firsts('BGR')).toEqual(near([59, 3.8, 0.17]));
});

test('what is said is no guess any more', () => {
  expect(load({}, {}).guesses).toEqual([
    expect.stringContaining('no labels, no digest and no golden samples'),
    'images are taken as NCHW scaled to 0..1, fitted whole on black',
  ]);
  expect(load({}, { ...asTrained, layout: 'NCHW', fit: 'cover', labels }).guesses).toEqual([
    'it has no onward metadata: no digest and no golden samples, so nothing proves what it predicts',
  ]);
  expect(load({ logits: true }, { softmax: true }).guesses.join()).not.toContain('logits');
  expect(load({}, { fit: 'cover', background: [1, 2, 3] }).input).toMatchObject({
    fit: 'cover',
    background: [1, 2, 3],
  });
});

describe('what is missing or does not fit is one sentence', () => {
  test.each<[Elsewhere, ClassifierDescription, RegExp]>([
    [{ dims: ['N', 3, 'H', 'W'] }, {}, /say "height" and "width" in a description/],
    [{ dims: ['N', 3, 'H', 8] }, { width: 8 }, /say "height" in a description/],
    [{ dims: ['N', 'C', 8, 8] }, { layout: 'NCHW' }, /say "channels" in a description/],
    [{ classes: 'C' }, {}, /say "labels" in a description/],
    [{}, { width: 9 }, /its description says the width 9, but its graph takes "nchw" float32 \[N, 3, 8, 8\] as NCHW/],
    [{}, { channels: 'gray' }, /says channels 1, but its graph/],
    [{}, { layout: 'NHWC' }, /1 or 3 channels, got "nchw"/],
    [{}, { labels: ['a', 'b'] }, /says 2 labels, but its output "probabilities" has 4 classes/],
    [{}, { input: 'x' }, /says the input "x", but its graph takes "nchw"/],
    [{}, { output: 'x' }, /says the output "x", but its graph gives "probabilities"/],
    [{}, { mean: [0, 0] }, /says 2 numbers as "mean", but its images have 3 channels/],
    [{}, { mean: [123.7] }, /"mean" of 123\.7 and no "scale": say "scale": 1/],
  ])('%j, %j', (made, description, sentence) => {
    expect(() => load(made, description)).toThrow(sentence);
    expect(() => load(made, description)).toThrow(/^theirs\.onnx: it is not an image classifier: [^\n]*$/);
  });

  test('one of ours has no description', () => {
    const { bytes } = modelOf();
    expect(() => loadModel(bytes, { name: 'ours.onnx', description: {} })).toThrow(/says all of itself/);
  });

  test('one of ours without its metadata is said to have lost them', () => {
    const cut = toBinary(ModelProtoSchema, { ...decodeModel(modelOf().bytes), metadataProps: [] });
    const read = () => loadModel(cut as Uint8Array<ArrayBuffer>, { name: 'ours.onnx', description: {} });
    expect(read).not.toThrow(/says all of itself/);
    expect(read).toThrow(/^ours\.onnx: /);
  });

  test.each<[unknown, RegExp]>([
    [[], /expected object/],
    [{ with: 8 }, /Unrecognized key: "with"/],
    [{ width: 0 }, /width: /],
    [{ layout: 'CHW' }, /layout: .*"NHWC"\|"NCHW"/],
    [{ channels: 'rgb' }, /channels: /],
    [{ std: [1, 0, 1] }, /std\.1: /],
    [{ mean: [1, 2, 3, 4] }, /mean: /],
    [{ labels: ['one'] }, /labels: /],
    [{ softmax: 'yes' }, /softmax: expected boolean, got string/],
    [{ background: [0, 0, 256] }, /background\.2: /],
    [{ width: 60_000, height: 60_000 }, /at most 64000000 pixels/],
  ])('%j', (value, sentence) => {
    expect(() => parseDescription(value, 'theirs.classifier.json')).toThrow(sentence);
    expect(() => parseDescription(value, 'theirs.classifier.json')).toThrow(/^theirs\.classifier\.json: /);
  });
});

test('it lies beside the file, or is named, or stands in the command', async () => {
  const root = await mkdtemp(join(tmpdir(), 'onward-test-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const path = join(root, 'theirs.onnx');
  await writeFile(path, elsewhere());
  expect((await loadModelFile(path)).labels).toEqual(['0', '1', '2', '3']);
  await writeFile(join(root, 'theirs.classifier.json'), JSON.stringify({ labels: 'names.txt', fit: 'cover' }));
  await expect(loadModelFile(path)).rejects.toThrow(/theirs\.classifier\.json: its labels cannot be read/);
  await writeFile(join(root, 'names.txt'), 'ant\nbee\r\ncat\ndog\n');
  expect(await loadModelFile(path)).toMatchObject({ labels, input: { fit: 'cover' } });
  await writeFile(join(root, 'names.txt'), '["a","b","c","d"]');
  expect((await loadModelFile(path)).labels).toEqual(['a', 'b', 'c', 'd']);
  await writeFile(join(root, 'other.json'), '{"fit": "stretch"}');
  expect(await loadModelFile(path, { classifier: join(root, 'other.json') })).toMatchObject({
    labels: ['0', '1', '2', '3'],
    input: { fit: 'stretch' },
  });
  expect((await loadModelFile(path, { classifier: ' {"width": 8}' })).input.fit).toBe('contain');
  await expect(loadModelFile(path, { classifier: join(root, 'none.json') })).rejects.toThrow(/none\.json: expected/);
  await expect(loadModelFile(path, { classifier: '{' })).rejects.toThrow(/^--classifier: expected JSON/);
});
