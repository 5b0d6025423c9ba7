import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesOf, tf, withWeights } from '../export/networks.js';
import { lastLine, onward } from './onward.js';

const keras = (name: string) => join('test/export/keras/files', name);
let root: string;
const at = (name: string) => join(root, name);

/** A model as TensorFlow.js saves it, its weights in two shards that split one of them. */
async function writeModel(name: string, change: (weights: Uint8Array) => void = () => {}): Promise<void> {
  const { layers } = tf;
  const model = withWeights(
    tf.sequential({
      layers: [
        layers.conv2d({ name: 'conv', filters: 3, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 2] }),
        layers.flatten(),
        layers.dense({ name: 'scores', units: 3, activation: 'softmax' }),
      ],
    }),
  );
  const { json, weights } = await filesOf(model);
  change(weights);
  const [group] = json.weightsManifest as [{ paths: string[] }];
  group.paths = [`${name}.1.bin`, `${name}.2.bin`];
  await writeFile(at(`${name}.1.bin`), weights.subarray(0, 101));
  await writeFile(at(`${name}.2.bin`), weights.subarray(101));
  await writeFile(at(`${name}.json`), JSON.stringify(json));
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-export-'));
  await writeModel('model');
});
afterAll(() => rm(root, { recursive: true }));

describe('a model.json', () => {
  it('is compared with TensorFlow.js, and not written over without --force', async () => {
    const out = at('out.onnx');
    const first = await onward(['export', at('model.json'), '-o', out, '--json']);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const report = JSON.parse(first.stdout);
    expect(report).toMatchObject({
      model: out,
      format: 'model.json',
      inputs: [{ name: 'conv_input', type: 'float32', dims: ['N', 6, 6, 2] }],
      outputs: [{ name: 'scores', type: 'float32', dims: ['N', 3] }],
      check: { loaded: true, reference: expect.stringMatching(/^tfjs-/), reason: null },
    });
    expect(report.check.maxAbsDiff).toBeLessThan(1e-5);
    const bytes = await readFile(out);

    const again = await onward(['export', at('model.json'), '-o', out]);
    expect(again.code).toBe(1);
    expect(lastLine(again)).toMatch(/out\.onnx: there is a file already; .*--force/);

    const forced = await onward(['export', at('model.json'), '-o', out, '--force']);
    expect(forced.code).toBe(0);
    expect(forced.stdout).toMatch(/checked: max \|Δ\| \S+ between ort-cpu and tfjs-/);
    expect(Buffer.compare(await readFile(out), bytes)).toBe(0);
  });

  it('with weights that are no numbers is exported with a warning', async () => {
    await writeModel('nan', (weights) =>
      new DataView(weights.buffer, weights.byteOffset).setFloat32(0, Number.NaN, true),
    );
    const { code, stderr } = await onward(['export', at('nan.json'), '-o', at('nan.onnx'), '--no-check']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'warning: the weight "conv/kernel" holds numbers that are not finite\n',
    });
  });
});

it('a Keras file is compared with TensorFlow.js, or says why not', async () => {
  const { code, stdout } = await onward(['export', keras('convolutional.keras'), '-o', at('keras.onnx')]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/checked: max \|Δ\| \d\S+ between ort-cpu and tfjs-/);
  const other = await onward(['export', keras('recurrent.h5'), '-o', at('recurrent.onnx')]);
  expect(other.stdout).toContain(
    'checked: ort-cpu runs it; not compared: TensorFlow.js knows no reset_after ("gru", GRU)',
  );
  const unchecked = await onward(['export', keras('convolutional.h5'), '-o', at('h5.onnx'), '--no-check', '--json']);
  expect(JSON.parse(unchecked.stdout)).toMatchObject({ format: 'h5', check: null });
});

it('--list-layers prints every class', async () => {
  const { stdout } = await onward(['export', '--list-layers']);
  for (const name of ['Conv2D', 'Functional', 'InputLayer', 'Sequential'])
    expect(stdout).toMatch(new RegExp(`^${name} `, 'm'));
});

describe('a file for another runtime', () => {
  it('is compared as it was written: layout, batch, type, opset and inner layers', async () => {
    const flags = [
      '--opset',
      '13',
      '--batch',
      '3',
      '--dtype',
      'float16',
      '--input-layout',
      'nchw',
      '--output-layout',
      'nchw',
    ];
    const outputs = ['--outputs', 'conv,scores'];
    const { code, stdout, stderr } = await onward([
      'export',
      at('model.json'),
      '-o',
      at('target.onnx'),
      ...flags,
      ...outputs,
      '--json',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { check, ...report } = JSON.parse(stdout);
    expect(report).toMatchObject({
      inputs: [{ name: 'conv_input', type: 'float32', dims: [3, 2, 6, 6] }],
      outputs: [
        { name: 'conv', type: 'float32', dims: [3, 3, 4, 4] },
        { name: 'scores', type: 'float32', dims: [3, 3] },
      ],
    });
    expect(check.reason).toBe(null);
    expect(check.maxAbsDiff).toBeGreaterThan(1e-6);
    expect(check.maxAbsDiff).toBeLessThan(1e-2);
    const inspected = await onward(['inspect', at('target.onnx'), '--json']);
    expect(JSON.parse(inspected.stdout)).toMatchObject({ opsets: { 'ai.onnx': 13 } });
  });
});

describe("somebody's classifier, with --labels", () => {
  const file = keras('convolutional.keras');
  it('carries everything: it predicts its samples and serves as any other does', async () => {
    await writeFile(at('names.txt'), 'ant\nbee\ncat\n');
    const flags = ['--labels', at('names.txt'), '--preprocess', 'tf', '--fit', 'cover'];
    const { code, stdout } = await onward(['export', file, '-o', at('classifier.onnx'), ...flags, '--json']);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ classes: 3, golden: { kind: 'noise', count: 16 }, noSamples: null });
    expect(report.check.maxAbsDiff).toBeLessThan(1e-5);
    const verified = await onward(['verify', at('classifier.onnx'), '--engines', 'ort-cpu']);
    expect(verified.stdout).toContain('agrees');
    const inspected = JSON.parse((await onward(['inspect', at('classifier.onnx'), '--json'])).stdout);
    expect(inspected).toMatchObject({ labels: ['ant', 'bee', 'cat'] });
  });

  it.each<[string, string[], number, RegExp]>([
    [
      'nobody said how images were prepared',
      ['--labels', 'a,b,c'],
      2,
      /say how images were prepared .* --preprocess none\|unit\|tf/,
    ],
    [
      'there are too few labels',
      ['--labels', 'a,b', '--preprocess', 'tf'],
      1,
      /gives \[3\] for each image, and there are 2 labels/,
    ],
    ['a label stands twice', ['--labels', 'a,b,a', '--preprocess', 'tf'], 1, /got "a" twice/],
    [
      'their file is not there',
      ['--labels', 'nowhere.txt', '--preprocess', 'tf'],
      1,
      /nowhere\.txt cannot be read \(ENOENT\)/,
    ],
  ])('is refused when %s', async (_, flags, code, expected) => {
    const result = await onward(['export', file, '-o', at('x.onnx'), ...flags]);
    expect(result.code).toBe(code);
    expect(lastLine(result)).toMatch(expected);
    expect(await readdir(root)).not.toContain('x.onnx');
  });
});

describe('refusals leave nothing behind', () => {
  beforeAll(async () => {
    await writeModel('alone');
    await rm(at('alone.2.bin'));
  });

  it.each<[string, () => string[], number, RegExp]>([
    ['no place to write', () => [keras('convolutional.h5')], 2, /-o out\.onnx/],
    [
      'a folder as the place',
      () => [keras('convolutional.h5'), '-o', root, '--force'],
      1,
      /expected a file to write, got a folder/,
    ],
    [
      'layers of Python',
      () => [keras('custom.keras'), '-o', at('x.onnx')],
      1,
      /"doubled" \(mine>Doubled\), "plus" \(Lambda\)/,
    ],
    ['weights only', () => [keras('only.weights.h5'), '-o', at('x.onnx')], 1, /holds weights only/],
    [
      'an opset of tomorrow',
      () => [keras('convolutional.h5'), '-o', at('x.onnx'), '--opset', '23'],
      2,
      /from 13 to 22, got "23"/,
    ],
    ['a batch of none', () => [keras('convolutional.h5'), '-o', at('x.onnx'), '--batch', '0'], 2, /from 1 up, got "0"/],
    [
      'scaling that would not be in the file',
      () => [keras('convolutional.h5'), '-o', at('x.onnx'), '--preprocess', 'tf'],
      2,
      /--preprocess is for a classifier.*give --labels too/,
    ],
    [
      'a layout that a classifier has not',
      () => [keras('convolutional.h5'), '-o', at('x.onnx'), '--labels', 'a,b,c', '--input-layout', 'nchw'],
      2,
      /leave them out/,
    ],
    [
      'the model itself as the place',
      () => [at('model.json'), '-o', at('model.json'), '--force'],
      2,
      /model\.json is the model that is read; name another file/,
    ],
    [
      'an output named twice',
      () => [keras('convolutional.h5'), '-o', at('x.onnx'), '--outputs', 'conv2d,conv2d'],
      1,
      /the layer "conv2d" is named twice/,
    ],
    [
      'an output that no layer gives',
      () => [keras('convolutional.h5'), '-o', at('x.onnx'), '--outputs', 'nowhere'],
      1,
      /there is no layer "nowhere" to give as an output; the nearest names are/,
    ],
    ['a missing shard', () => [at('alone.json'), '-o', at('x.onnx')], 1, /alone\.2\.bin, which cannot be read/],
  ])('%s', async (_, args, code, expected) => {
    const before = await readdir(root);
    const result = await onward(['export', ...args()]);
    expect(result.code).toBe(code);
    expect(lastLine(result)).toMatch(expected);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(await readdir(root)).toEqual(before);
  });
});
