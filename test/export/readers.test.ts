import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OnwardError } from 'onward/common';
import {
  classifierGraph,
  exportClassifier,
  handlers,
  type LayersModel,
  readModelFiles,
  readModelJson,
  readRun,
  readTopology,
} from 'onward/export';
import { describe, expect, it } from 'vitest';
import { saveLayersModel } from '#onward/train/layers-format.js';
import { exported, optionsFor } from './classifiers.js';
import { filesOf, layersOf, tf, withWeights } from './networks.js';

const { layers } = tf;

/** What a test changes at will. */
// biome-ignore lint/suspicious/noExplicitAny: no type says what a damaged file holds
type Json = any;

const sequential = () =>
  withWeights(
    tf.sequential({
      name: 'small',
      layers: [
        layers.conv2d({ name: 'conv', inputShape: [6, 6, 3], filters: 2, kernelSize: 3, activation: 'hardSigmoid' }),
        layers.batchNormalization({ name: 'norm' }),
        layers.flatten({ name: 'flat' }),
        layers.dense({ name: 'scores', units: 4, activation: 'softmax' }),
      ],
    }),
  );
const model = sequential();
const files = await filesOf(model);
const options = optionsFor(model);

function functional() {
  const image = tf.input({ shape: [6, 6, 3], name: 'image' });
  const sum = layers.add({ name: 'sum' }).apply([image, layers.reLU({ name: 'relu' }).apply(image)] as never);
  const flat = layers.flatten({ name: 'flat' }).apply(sum as never);
  const scores = layers.dense({ name: 'scores', units: 4 }).apply(flat) as never;
  return withWeights(tf.model({ inputs: image, outputs: scores, name: 'functional' }));
}

/** What is thrown; it must be one sentence of kind `input`. */
function refusal(run: () => unknown): string {
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  return sentence(thrown);
}

function sentence(thrown: unknown): string {
  expect(thrown).toMatchObject({ name: 'OnwardError', kind: 'input' });
  const { message } = thrown as OnwardError;
  expect(message).not.toMatch(/\n|undefined|\[object/);
  return message;
}

const rejected = async (promise: Promise<unknown>) => sentence(await promise.catch((error: unknown) => error));

/** The files with something else in their JSON. */
function changed(change: (json: Json) => void) {
  const json = structuredClone(files.json);
  change(json);
  return { json, weights: files.weights };
}

/** The functional model's layers, with something else in their topology. */
async function changedFunctional(change: (config: Json) => void): Promise<LayersModel> {
  const { json, weights } = await filesOf(functional());
  change((json as Json).modelTopology.config);
  return readModelJson({ json, weights });
}

describe('readModelJson', () => {
  it('reads weights and topology as TensorFlow.js has them', () => {
    const read = readModelJson(files);
    expect(read.name).toBe('small');
    expect(read.layers.map(({ className, name }) => [className, name])).toEqual([
      ['InputLayer', 'conv_input'],
      ['Conv2D', 'conv'],
      ['BatchNormalization', 'norm'],
      ['Flatten', 'flat'],
      ['Dense', 'scores'],
    ]);
    expect(read.outputs).toEqual([{ layer: 'scores', call: 0, output: 0 }]);
    for (const variable of model.weights) {
      const [layer, name] = variable.originalName.split('/') as [string, string];
      const weight = read.layers.find((each) => each.name === layer)!.weights.get(name)!;
      expect(weight.dims).toEqual(variable.shape);
      expect(weight.values).toEqual(variable.read().dataSync());
    }
  });

  it('reads what onward train saves, from disk, the same', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onward-model-'));
    await saveLayersModel(tf, model, folder);
    expect(readModelJson(await readModelFiles(join(folder, 'model.json')))).toEqual(readModelJson(files));
    await rm(folder, { recursive: true });
  });

  it('joins shards in the order of the manifest, wherever the bytes lie in memory', () => {
    const shifted = new Uint8Array(files.weights.length + 1);
    shifted.set(files.weights, 1);
    const unaligned = { json: files.json, weights: shifted.subarray(1) };
    expect(readModelJson(unaligned)).toEqual(readModelJson(files));
    expect(readModelJson({ ...unaligned, weights: Buffer.from(shifted).subarray(1) })).toEqual(readModelJson(files));
  });

  it('takes a topology in camelCase, and one in model_config', async () => {
    const camel = (value: unknown): unknown => {
      if (typeof value === 'string')
        return value === 'channels_last' ? 'channelsLast' : value.replace(/^hard_s/, 'hardS');
      if (Array.isArray(value)) return value.map(camel);
      if (value === null || typeof value !== 'object') return value;
      const key = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [key(name), camel(inner)]));
    };
    const camelCased = changed((json) => {
      json.modelTopology = camel(json.modelTopology);
    });
    expect(JSON.stringify(camelCased.json)).toContain('channelsLast');
    const bytes = await exported(model);
    expect(Buffer.compare(exportClassifier(readModelJson(camelCased), options), bytes)).toBe(0);
    const wrapped = changed((json) => {
      json.modelTopology = { model_config: json.modelTopology, keras_version: '2' };
    });
    expect(readModelJson(wrapped)).toEqual(readModelJson(files));
  });

  it.each<[string, (json: Json) => void, string]>([
    ['a graph model', (json) => (json.format = 'graph-model'), 'is a TensorFlow.js graph model'],
    ['no topology', (json) => delete json.modelTopology, '(modelTopology: expected object, got nothing)'],
    ['no manifest', (json) => delete json.weightsManifest, 'weightsManifest'],
    ['a manifest that is none', (json) => (json.weightsManifest = { 0: 'x' }), 'weightsManifest'],
    [
      'a weight without a shape',
      (json) => delete json.weightsManifest[0].weights[1].shape,
      'weightsManifest.0.weights.1.shape',
    ],
    [
      'a negative size',
      (json) => (json.weightsManifest[0].weights[0].shape = [-1]),
      'weightsManifest.0.weights.0.shape.0',
    ],
    [
      'complex numbers',
      (json) => (json.weightsManifest[0].weights[0].dtype = 'complex64'),
      'the weight "conv/kernel" is stored as complex64',
    ],
    [
      'a missing weight',
      (json) => (json.weightsManifest[0].weights[0].name = 'other/kernel'),
      '"conv" (Conv2D) has no weight "kernel"; it has: bias',
    ],
    [
      'a size beyond the bytes',
      (json) => (json.weightsManifest[0].weights[6].shape = [1e12]),
      'the weights end in "norm/moving_mean"',
    ],
    ['weights of another model', (json) => json.weightsManifest[0].weights.pop(), 'a shard belongs to another model'],
    ['another class of model', (json) => (json.modelTopology.class_name = 'Graph'), 'got a "Graph"'],
    ['no class', (json) => (json.modelTopology = {}), 'got no class name'],
    ['no layers', (json) => (json.modelTopology.config.layers = []), 'is of an unknown form'],
    ['a layer without a config', (json) => delete json.modelTopology.config.layers[1].config, 'is of an unknown form'],
    [
      'no input shape',
      (json) => delete json.modelTopology.config.layers[0].config.batch_input_shape,
      'has the shape null',
    ],
    [
      'an input of any size',
      (json) => (json.modelTopology.config.layers[0].config.batch_input_shape = [null, null, null, 3]),
      'has the shape [null,null,null,3]',
    ],
    [
      'two layers of one name',
      (json) => (json.modelTopology.config.layers[1].config.name = 'conv'),
      'two layers with the name "conv"',
    ],
    [
      'a weight of another rank',
      (json) => (json.weightsManifest[0].weights[0].shape = [3, 18]),
      '"kernel" of [3, 18], expected 4 dimensions',
    ],
    [
      'a kernel for another input',
      (json) => (json.weightsManifest[0].weights[0].shape = [3, 1, 9, 2]),
      'a kernel for 9 channels, and its input has 3',
    ],
    [
      'an unknown activation',
      (json) => (json.modelTopology.config.layers[0].config.activation = 'mush'),
      'the activation "mush" of "conv/activation" is not known',
    ],
    [
      'channels in the middle',
      (json) => (json.modelTopology.config.layers[0].config.data_format = 'channels_middle'),
      'has data_format "channels_middle"',
    ],
    [
      'causal padding',
      (json) => (json.modelTopology.config.layers[0].config.padding = 'causal'),
      'has padding "causal"',
    ],
    [
      'windows that do not fit',
      (json) => (json.modelTopology.config.layers[0].config.dilation_rate = 3),
      'do not fit into an image of 6x6',
    ],
    [
      'batch norm over an axis that is not there',
      (json) => (json.modelTopology.config.layers[1].config.axis = 4),
      'has axis 4, and its input has the axes 1 to 3',
    ],
    [
      'a sigmoid at the end',
      (json) => (json.modelTopology.config.layers[3].config.activation = 'sigmoid'),
      'the model ends in a sigmoid',
    ],
  ])('refuses %s', (_, change, expected) => {
    expect(refusal(() => exportClassifier(readModelJson(changed(change)), options))).toContain(expected);
  });

  it.each([null, 5, 'x', [], {}, { modelTopology: null, weightsManifest: [] }])('refuses %j', (json) => {
    refusal(() => readModelJson({ json, weights: new Uint8Array() }));
  });

  it('refuses truncated weights, and says how many bytes it expected', () => {
    for (const length of [0, 3, files.weights.length - 1]) {
      const short = { json: files.json, weights: files.weights.subarray(0, length) };
      expect(refusal(() => readModelJson(short))).toContain(`got ${length}; a shard is missing or truncated`);
    }
  });

  it('takes the axis of batch norm as Keras writes it', () => {
    for (const axis of [3, [3], [-1]]) {
      const files = changed((json) => (json.modelTopology.config.layers[1].config.axis = axis));
      expect(exportClassifier(readModelJson(files), options).length).toBeGreaterThan(0);
    }
  });
});

describe('a functional topology', () => {
  it.each<[string, (config: Json) => void, string]>([
    ['that goes in circles', (config) => (config.layers[1].inbound_nodes[0][0][0] = 'sum'), 'takes its own output'],
    [
      'whose layer takes itself',
      (config) => (config.layers[1].inbound_nodes[0][0][0] = 'relu'),
      '"relu" takes its own output',
    ],
    [
      'with a layer that is not there',
      (config) => (config.layers[1].inbound_nodes[0][0][0] = 'gone'),
      '"relu" takes the output of call 0 of "gone", which is not there',
    ],
    ['with a call that is not there', (config) => (config.layers[1].inbound_nodes[0][0][1] = 1), 'call 1 of "image"'],
    [
      'with an output that is not there',
      (config) => (config.layers[1].inbound_nodes[0][0][2] = 1),
      'output 2 of "image"',
    ],
    [
      'whose output is not there',
      (config) => (config.output_layers[0][0] = 'gone'),
      'the model takes the output of call 0 of "gone"',
    ],
    ['without inputs', (config) => delete config.input_layers, '(input_layers: '],
    [
      'with connections that are neither Keras 2 nor 3',
      (config) => (config.layers[1].inbound_nodes = [{ args: 5 }]),
      '(layers.1.inbound_nodes',
    ],
    ['with two inputs', (config) => config.input_layers.push(['relu', 0, 0]), 'one input and one output, got 2 and 1'],
    [
      'with two outputs',
      (config) => config.output_layers.push(['relu', 0, 0]),
      'one input and one output, got 1 and 2',
    ],
    [
      'whose Add takes unlike shapes',
      (config) =>
        (config.layers[3].inbound_nodes = [
          [
            ['flat', 0, 0, {}],
            ['image', 0, 0, {}],
          ],
        ]),
      '',
    ],
    [
      'whose relu takes two',
      (config) =>
        (config.layers[1].inbound_nodes = [
          [
            ['image', 0, 0, {}],
            ['image', 0, 0, {}],
          ],
        ]),
      '"relu" (ReLU) takes one input, got 2',
    ],
    [
      'whose dense layer takes another length',
      (config) => (config.layers[4].inbound_nodes[0][0][0] = 'image'),
      'has a kernel for 108 numbers, and its input has [6, 6, 3]',
    ],
  ])('%s is refused', async (_, change, expected) => {
    const thrown = await rejected(changedFunctional(change).then((read) => classifierGraph(read, options)));
    expect(thrown).toContain(expected);
  });

  it('may name its one input and output without a list', async () => {
    const read = await changedFunctional((config) => {
      config.input_layers = config.input_layers[0];
      config.output_layers = config.output_layers[0];
    });
    expect(read).toEqual(await layersOf(functional()));
  });
});

it('a topology that is nested without end is refused', () => {
  let nested: unknown = {};
  for (let i = 0; i < 50_000; i++) nested = { config: nested };
  expect(refusal(() => readTopology(nested, new Map()))).toContain('nested deeper than 100 levels');
});

describe('a classifier', () => {
  const read = readModelJson(files);

  it('needs a handler for every layer, and lists all that have none', () => {
    const renamed = read.layers.map((layer) =>
      layer.name === 'conv' || layer.name === 'flat' ? { ...layer, className: `My${layer.className}` } : layer,
    );
    const unknown = { ...read, layers: renamed };
    expect(refusal(() => classifierGraph(unknown, options))).toMatch(
      /^there is no handler for the layers "conv" \(MyConv2D\), "flat" \(MyFlatten\); give one/,
    );
    const own = new Map([
      ['MyConv2D', handlers.get('Conv2D')!],
      ['MyFlatten', handlers.get('Flatten')!],
    ]);
    expect(classifierGraph(unknown, { ...options, handlers: own })).toEqual(classifierGraph(read, options));
  });

  it('needs as many labels as the model gives numbers', () => {
    expect(refusal(() => exportClassifier(read, { ...options, labels: ['a', 'b', 'c'] }))).toBe(
      "the model gives [4] for each image, and there are 3 labels; name every class once, in the order of the model's outputs",
    );
  });

  it('needs the input that the images have', () => {
    const input = { ...options.input, width: 28 };
    expect(refusal(() => exportClassifier(read, { ...options, input }))).toBe(
      'the input "conv_input" takes [6, 6, 3], and the images are [6, 28, 3]',
    );
  });
});

describe('readRun', () => {
  it('names the folder, the file and what is wrong in it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onward-run-'));
    expect(await rejected(readRun(join(folder, 'none')))).toContain('got nothing');
    expect(await rejected(readRun(folder))).toContain('run.json cannot be read');
    await writeFile(join(folder, 'run.json'), '{"format": 1,');
    expect(await rejected(readRun(join(folder, 'run.json')))).toContain('got a file');
    expect(await rejected(readRun(folder))).toContain('run.json is not JSON');
    await writeFile(join(folder, 'run.json'), '{"format": 1}');
    expect(await rejected(readRun(folder))).toContain('run.json is not what onward train writes (recipe');
    await rm(folder, { recursive: true });
  });

  it('names a shard that is missing or short, and reads none from elsewhere', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onward-model-'));
    const path = join(folder, 'model.json');
    await saveLayersModel(tf, model, folder);
    const json = JSON.parse(await readFile(path, 'utf8'));
    json.weightsManifest[0].paths = ['../../weights.bin'];
    await writeFile(path, JSON.stringify(json));
    // The one beside the file, whatever the path says.
    expect(readModelJson(await readModelFiles(path))).toEqual(readModelJson(files));
    await truncate(join(folder, 'weights.bin'), 100);
    const short = await readModelFiles(path);
    expect(refusal(() => readModelJson(short))).toContain('got 100');
    await rm(join(folder, 'weights.bin'));
    expect(await rejected(readModelFiles(path))).toContain('names the weights ../../weights.bin, which cannot be read');
    await rm(folder, { recursive: true });
  });
});
