import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesOf, tf, withWeights } from '../export/networks.js';
import { lastLine, onward } from './onward.js';

const keras = (name: string) => join('test/export/keras/files', name);
let root: string;
const at = (name: string) => join(root, name);

interface Json {
  modelTopology: { model_config?: unknown; keras_version?: string };
  weightsManifest: [{ paths: string[]; weights: { name: string; shape: number[]; dtype: string }[] }];
}

/** A model as TensorFlow.js saves it, damaged. */
async function write(name: string, change: (json: Json, weights: Uint8Array) => Uint8Array | undefined): Promise<void> {
  const { layers } = tf;
  const model = withWeights(
    tf.sequential({ layers: [layers.dense({ name: 'scores', units: 3, inputShape: [4], activation: 'mish' })] }),
  );
  const files = await filesOf(model);
  const json = files.json as unknown as Json;
  const weights = change(json, files.weights) ?? files.weights;
  json.weightsManifest[0].paths = [`${name}.bin`];
  await writeFile(at(`${name}.json`), JSON.stringify(json));
  await writeFile(at(`${name}.bin`), weights);
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-refusals-'));
  await write('short', (_, weights) => weights.subarray(0, 21));
  await write('long', (_, weights) => Buffer.concat([weights, new Uint8Array(4)]));
  await write('size', (json) => {
    const [kernel] = json.weightsManifest[0].weights;
    kernel!.shape = [3, 4];
    return undefined;
  });
  await write('bias', (json, weights) => {
    json.weightsManifest[0].weights[1]!.shape = [2];
    return weights.subarray(0, -4);
  });
  await write('dtype', (json) => {
    json.weightsManifest[0].weights[0]!.dtype = 'complex64';
    return undefined;
  });
  await write('later', (json) => {
    json.modelTopology = { keras_version: '4.1.0', model_config: json.modelTopology };
    return undefined;
  });
  const parts = unzipSync(await readFile(keras('randoms.keras')));
  const bomb = { ...parts, 'model.weights.h5': new Uint8Array(60e6) };
  await writeFile(at('bomb.keras'), zipSync(bomb, { level: 9 }));
  const metadata = strToU8('{"keras_version": "4.0.0"}');
  await writeFile(at('later.keras'), zipSync({ ...parts, 'metadata.json': metadata }));
  await writeFile(at('cut.keras'), (await readFile(keras('randoms.keras'))).subarray(0, 3000));
  await writeFile(at('cut.h5'), (await readFile(keras('functional.h5'))).subarray(0, 9000));
  await writeFile(at('there.onnx'), 'mine');
});
afterAll(() => rm(root, { recursive: true }));

describe('what cannot be exported is one sentence and no file', () => {
  it.each<[string, () => string, RegExp]>([
    [
      'truncated weights',
      () => at('short.json'),
      /expected at least 48 bytes, got 21; a shard is missing or truncated/,
    ],
    ['more weights than it says', () => at('long.json'), /are 64 bytes, and model\.json describes 60/],
    [
      'a weight of another size',
      () => at('size.json'),
      /"scores" \(Dense\) has a kernel for 3 numbers, and its input has \[4\]/,
    ],
    ['a bias of another size', () => at('bias.json'), /has 2 numbers as its "bias", expected 3/],
    ['a weight of an unknown type', () => at('dtype.json'), /"scores\/kernel" is stored as complex64/],
    ['a topology of a later Keras', () => at('later.json'), /saved by Keras 4\.1\.0/],
    ['a file of a later Keras', () => at('later.keras'), /later\.keras: it was saved by Keras 4\.0\.0/],
    ['a zip bomb', () => at('bomb.keras'), /model\.weights\.h5 would be 60 MB inflated.*zip bomb/],
    ['half a zip', () => at('cut.keras'), /cut\.keras: expected a \.keras file, but it cannot be read/],
    ['half an HDF5 file', () => at('cut.h5'), /cut\.h5: /],
    ['HDF5 without a model', () => keras('plain.h5'), /without a Keras model/],
    ['a folder without a model', () => root, /it is a folder with neither run\.json \(a run\) nor model\.json/],
    ['no such file', () => at('none.h5'), /there is no such file/],
  ])('%s', async (_, model, expected) => {
    const before = await readdir(root);
    const result = await onward(['export', model(), '-o', at('out.onnx')]);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(lastLine(result)).toMatch(expected);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(await readdir(root)).toEqual(before);
  });

  it('a file that is there stays as it is', async () => {
    const result = await onward(['export', keras('functional.h5'), '-o', at('there.onnx')]);
    expect(lastLine(result)).toMatch(/there\.onnx: there is a file already; .*--force/);
    expect(await readFile(at('there.onnx'), 'utf8')).toBe('mine');
  });
});
