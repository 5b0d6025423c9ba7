import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { OnwardError } from 'onward/common';
import {
  exportModel,
  handlers,
  modelGraph,
  readLayersModel,
  readModelBytes,
  readModelFile,
  readModelJson,
} from 'onward/export';
import { importPeer } from 'onward/machine';
import { afterAll, describe, expect, it } from 'vitest';
import { allLayers, figures, operatorsOfLayer } from './figures.js';
import { filesOf, relativeDifference, tf, withWeights } from './networks.js';

const ort = await importPeer('onnxruntime-node');
const folder = 'test/export/keras/files';
const at = (name: string) => join(folder, name);
const bytesOf = async (name: string) => new Uint8Array(await readFile(at(name)));
const temporary = await mkdtemp(join(tmpdir(), 'onward-keras-'));
afterAll(() => rm(temporary, { recursive: true }));

/** A file that `test/export/keras/make.py` wrote beside what Keras predicts. */
interface Expected {
  readonly inputs: readonly { dims: number[]; values: number[] }[];
  readonly outputs: readonly { dims: number[]; values: number[] }[];
}

/** A sentence of kind `input`, whoever threw it. */
function sentence(thrown: unknown): string {
  expect(thrown).toBeInstanceOf(OnwardError);
  const { kind, message } = thrown as OnwardError;
  expect(kind).toBe('input');
  expect(message).not.toMatch(/\n|undefined|\[object/);
  return message;
}
const rejected = async (promise: Promise<unknown>) => sentence(await promise.catch((error: unknown) => error));
function refused(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    return sentence(error);
  }
  throw new Error('it was read');
}

const models = (await readdir(folder))
  .filter((name) => /\.(h5|keras)$/.test(name) && !/^(only|plain|dense-links|custom)\./.test(name))
  .sort();

describe('files that Keras made', () => {
  const table = figures('keras');
  afterAll(() => table.done('keras'));

  // Keras computed these in float16.
  const tolerance = (name: string) => (name.startsWith('half') ? 1e-3 : 1e-5);

  const known = models.filter((name) => handlers.has('Concatenate') || !name.startsWith('concatenated'));
  it.each(known)('%s predicts what Keras predicts', async (name) => {
    const { model, format } = await readModelFile(at(name));
    expect(format).toBe(name.endsWith('.keras') ? 'keras' : 'h5');
    const { inputs, outputs }: Expected = JSON.parse(await readFile(at(name.replace(/\..*$/, '.expected')), 'utf8'));
    const session = await ort.InferenceSession.create(exportModel(model, { producerVersion: '0' }));
    const feeds = inputs.map(({ dims, values }, i): [string, InstanceType<typeof ort.Tensor>] => [
      session.inputNames[i]!,
      new ort.Tensor('float32', Float32Array.from(values), dims),
    ]);
    const results = await session.run(Object.fromEntries(feeds));
    const differences = outputs.map(({ dims, values }, i) => {
      const result = results[session.outputNames[i]!]!;
      expect(result.dims).toEqual(dims);
      return relativeDifference(result.data as Float32Array, Float32Array.from(values));
    });
    expect(Math.max(...differences)).toBeLessThan(tolerance(name));
    if (name.startsWith('half')) return;
    const graph = modelGraph(model, { optimize: 'none' });
    const layers = allLayers(model);
    for (const className of new Set(layers.map((layer) => layer.className))) {
      const own = layers.filter((layer) => layer.className === className);
      const operators = own.flatMap((layer) => operatorsOfLayer(graph, layer));
      table.note(className, Math.max(...differences), new Set(operators));
    }
  });

  it.each(['recurrent.h5', 'recurrent.keras'])(
    '%s: cells have the weights, named as TensorFlow.js names them',
    async (name) => {
      const { layers } = (await readModelFile(at(name))).model;
      const weights = layers.map((layer) => [
        layer.className,
        [...layer.weights].map(([key, { dims }]) => `${key} ${dims}`).sort(),
      ]);
      expect(weights).toEqual([
        ['InputLayer', []],
        [
          'Bidirectional',
          [
            ...['backward_lstm/bias 12', 'backward_lstm/kernel 4,12', 'backward_lstm/recurrent_kernel 3,12'],
            ...['forward_lstm/bias 12', 'forward_lstm/kernel 4,12', 'forward_lstm/recurrent_kernel 3,12'],
          ],
        ],
        ['GRU', ['bias 2,15', 'kernel 6,15', 'recurrent_kernel 5,15']],
        ['Dense', ['bias 2', 'kernel 5,2']],
      ]);
      expect(layers[1]!.config).not.toHaveProperty('backward_layer');
    },
  );

  it('both formats of a model hold the same', async () => {
    for (const name of ['convolutional', 'functional', 'nested']) {
      const [h5, keras] = await Promise.all([readModelFile(at(`${name}.h5`)), readModelFile(at(`${name}.keras`))]);
      const [first, second] = [h5, keras].map(({ model }) => exportModel(model, { producerVersion: '0' }));
      expect(Buffer.compare(first!, second!)).toBe(0);
    }
  });

  it('custom layers and Lambdas are refused by name, all at once', async () => {
    const { model } = await readModelFile(at('custom.keras'));
    expect(refused(() => exportModel(model, { producerVersion: '0' }))).toContain(
      'no handler for the layers "doubled" (mine>Doubled), "plus" (Lambda)',
    );
  });
});

describe('refusals, a sentence each', () => {
  it.each([
    ['only.weights.h5', /only\.weights\.h5: it holds weights only.*model\.save/],
    ['plain.h5', /plain\.h5: it is an HDF5 file without a Keras model/],
    ['dense-links.h5', /libver="latest", which is not read/],
    ['convolutional.expected', /convolutional\.expected: expected a TensorFlow\.js layers model\.json/],
    ['none.h5', /none\.h5: there is no such file/],
    ['', /it is a folder with neither run\.json \(a run\) nor model\.json/],
  ])('%s', async (name, expected) => {
    expect(await rejected(readModelFile(at(name)))).toMatch(expected);
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['empty.h5', '', /empty\.h5: expected .* got an empty file/],
    ['text.keras', 'this is no model', /text\.keras: expected a run folder, a model\.json, a Keras/],
    ['graph.json', '{"format": "graph-model"}', /graph\.json: .*graph model, and only layers models/],
    ['cut.json', '{"format": ', /cut\.json is not JSON/],
    ['other.zip', zipSync({ 'a.txt': strToU8('a') }), /other\.zip: it is a zip without config\.json/],
    [
      'no-weights.keras',
      zipSync({ 'config.json': strToU8('{}') }),
      /no-weights\.keras: it is a zip without model\.weights\.h5/,
    ],
    [
      'bomb.keras',
      zipSync({ 'config.json': new Uint8Array(80e6), 'model.weights.h5': strToU8('') }),
      /bomb\.keras: its config\.json would be 80 MB inflated.*zip bomb/,
    ],
    [
      'bomb-of-weights.keras',
      zipSync({ 'config.json': strToU8('{}'), 'model.weights.h5': new Uint8Array(50e6) }),
      /its model\.weights\.h5 would be 50 MB inflated.*zip bomb/,
    ],
  ])('%s', async (name, content, expected) => {
    await writeFile(join(temporary, name), content);
    expect(await rejected(readModelFile(join(temporary, name)))).toMatch(expected);
  });

  it('a later Keras', async () => {
    const parts = unzipSync(await bytesOf('half.keras'));
    const later = zipSync({ ...parts, 'metadata.json': strToU8('{"keras_version": "4.0.1"}') }, { level: 0 });
    expect(refused(() => readModelBytes(later, { name: 'later.keras' }))).toBe(
      'later.keras: it was saved by Keras 4.0.1, and versions 1 to 3 are read; save it with Keras 3',
    );
    const files = await filesOf(
      withWeights(tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] })),
    );
    const json = { ...files.json, modelTopology: { keras_version: '4.0.0', model_config: files.json.modelTopology } };
    expect(refused(() => readModelJson({ ...files, json }))).toContain('saved by Keras 4.0.0');
  });

  it('a call with something else than layers', async () => {
    const parts = unzipSync(await bytesOf('functional.keras'));
    const config = JSON.parse(Buffer.from(parts['config.json']!).toString());
    const added = config.config.layers.find(({ name }: { name: string }) => name === 'added');
    added.inbound_nodes[0].args.push(2);
    const changed = zipSync({ ...parts, 'config.json': strToU8(JSON.stringify(config)) });
    expect(refused(() => readModelBytes(changed))).toContain('the layer "added" (Add) is called with something else');
    added.module = 'keras.src.ops.numpy';
    const operator = zipSync({ ...parts, 'config.json': strToU8(JSON.stringify(config)) });
    expect(refused(() => exportModel(readModelBytes(operator), { producerVersion: '0' }))).toContain(
      '"added" (keras.ops.Add)',
    );
    // `a + b` is what the layer is.
    added.inbound_nodes[0] = { args: added.inbound_nodes[0].args[0], kwargs: {} };
    const sum = zipSync({ ...parts, 'config.json': strToU8(JSON.stringify(config)) });
    expect(exportModel(readModelBytes(sum), { producerVersion: '0' })).toEqual(
      exportModel(readModelBytes(await bytesOf('functional.keras')), { producerVersion: '0' }),
    );
  });

  it.each(['concatenated.h5', 'concatenated.packed.h5', 'concatenated.latest.h5', 'concatenated.keras'])(
    '%s, cut anywhere',
    async (name) => {
      const bytes = await bytesOf(name);
      fc.assert(
        fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), (length) => {
          expect(refused(() => readModelBytes(bytes.subarray(0, length)))).toMatch(/^the file: /);
        }),
        { numRuns: 100 },
      );
    },
  );

  it.each(['concatenated.h5', 'concatenated.packed.h5', 'concatenated.keras'])(
    '%s with other bytes in it is read or refused, and nothing else',
    async (name) => {
      const bytes = await bytesOf(name);
      const change = fc.tuple(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 }));
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), (changes) => {
          const damaged = bytes.slice();
          for (const [place, value] of changes) damaged[place] = value;
          try {
            readModelBytes(damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(OnwardError);
            expect((error as OnwardError).message).not.toContain('\n');
          }
        }),
        { numRuns: 300 },
      );
    },
  );
});

describe('readLayersModel', () => {
  const model = withWeights(
    tf.sequential({
      name: 'small',
      layers: [tf.layers.dense({ name: 'a', units: 2, inputShape: [3] }), tf.layers.dense({ name: 'b', units: 2 })],
    }),
  );

  it('takes a tf.LayersModel', async () => {
    expect(await readLayersModel(model)).toEqual(readModelJson(await filesOf(model)));
  });

  it('takes an IOHandler, its weights in one buffer or in many', async () => {
    const { json, weights } = await filesOf(model);
    const { modelTopology, weightsManifest } = json as {
      modelTopology: object;
      weightsManifest: { weights: unknown[] }[];
    };
    const expected = readModelJson({ json, weights });
    const weightSpecs = weightsManifest[0]!.weights;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: weights.length }), { maxLength: 4 }), async (cuts) => {
        const ends = [0, ...cuts.sort((a, b) => a - b), weights.length];
        // Where a shard ends says nothing of where a weight does.
        const weightData = ends.slice(1).map((end, i) => new Uint8Array(weights.subarray(ends[i]!, end)).buffer);
        const handler = { load: async () => ({ modelTopology, weightSpecs, weightData }) };
        expect(await readLayersModel(handler)).toEqual(expected);
      }),
    );
    const whole = { load: async () => ({ modelTopology, weightSpecs, weightData: new Uint8Array(weights).buffer }) };
    expect(await readLayersModel(whole)).toEqual(expected);
  });

  it('refuses a graph model, a model without weights, and what is neither', async () => {
    const load = async () => ({ format: 'graph-model' });
    expect(await rejected(readLayersModel({ load }))).toContain('graph model');
    const { modelTopology } = (await filesOf(model)).json as { modelTopology: object };
    const bare = await readLayersModel({ load: async () => ({ modelTopology }) });
    expect(refused(() => exportModel(bare, { producerVersion: '0' }))).toContain('"a" (Dense) has no weight "kernel"');
    expect(await rejected(readLayersModel({} as never))).toContain('expected a tf.LayersModel or an IOHandler');
  });
});

it('weights with ":0", as Python names them, and the names of scopes before them', async () => {
  const model = withWeights(
    tf.sequential({
      name: 'small',
      layers: [
        tf.layers.lstm({ name: 'rec', units: 2, inputShape: [4, 3] }),
        tf.layers.dense({ name: 'out', units: 2 }),
      ],
    }),
  );
  const files = await filesOf(model);
  const expected = readModelJson(files);
  type Manifest = { weights: { name: string }[] }[];
  const renamed = (name: (text: string) => string) => {
    const json = structuredClone(files.json) as { weightsManifest: Manifest };
    for (const weight of json.weightsManifest[0]!.weights) weight.name = name(weight.name);
    return readModelJson({ json, weights: files.weights });
  };
  expect(renamed((name) => `${name}:0`)).toEqual(expected);
  expect(renamed((name) => `small/${name}`)).toEqual(expected);
  expect(renamed((name) => name.replace('rec/', 'small/rec/lstm_cell_3/'))).toEqual(expected);
});
