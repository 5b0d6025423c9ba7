import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { engineByName, openSession } from 'onward/engines';
import {
  embeddingMap,
  evaluate,
  evaluateNeighbours,
  exactNeighbours,
  exactVote,
  openTapped,
  verify,
} from 'onward/evaluate';
import { indexVectors, neighboursFile } from 'onward/export';
import { encodeModel, type LoadedModel, loadModel } from 'onward/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastLine, onward } from '../cli/onward.js';
import { inPython, skipsPython } from '../export/python.js';
import {
  channels,
  filters,
  graphOf,
  imagesOf,
  labels,
  modelOf,
  side,
  size,
  weightsOf,
} from '../runtime/engines/models.js';
import { partOfAll, small, writeSmall } from './small.js';

const engine = engineByName('ort-cpu');
const count = 200;
const train = small(count, { seed: 3 });
const classes = train.dataset.labels;

async function vectorsOf(model: LoadedModel, images: Uint8Array, value = 'embedding') {
  const tapped = await openTapped(engine, model, { values: [value] });
  const { values } = await tapped.run(images, images.length / size);
  await tapped.close();
  return values[0]!;
}

async function fileOf(model: LoadedModel, value = 'embedding', k = 5) {
  const index = indexVectors(await vectorsOf(model, train.images, value), filters, 'euclidean');
  const options = { value, index, labels: classes, classes: labels, k, weights: 'uniform' as const, scale: 1 };
  return { index, bytes: neighboursFile(model, { ...options, provenance: {}, producerVersion: '0' }) };
}

let root: string;
const at = (name: string) => join(root, name);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-knn-'));
  await writeFile(at('model.onnx'), modelOf().bytes);
  await writeSmall(at('images'), train);
});
afterAll(() => rm(root, { recursive: true }));

describe('a file of neighbours', () => {
  it('is one that loads, with its digest, and says what float64 says', async () => {
    const { index, bytes } = await fileOf(modelOf());
    const model = loadModel(bytes, { name: 'knn.onnx' });
    expect(model.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(model.neighbours).toMatchObject({ k: 5, metric: 'euclidean', images: count, width: filters });
    const images = imagesOf(11, 40);
    const vectors = await vectorsOf(modelOf(), images);
    const session = await openSession(engine, model);
    const rows = await session.predict(images, 40);
    await session.close();
    for (let i = 0; i < 40; i++) {
      const found = exactNeighbours(index, vectors.subarray(i * filters, (i + 1) * filters), 6);
      const votes = exactVote(found, classes, { classes: labels.length, k: 5, weights: 'uniform' });
      expect([...rows.subarray(i * labels.length, (i + 1) * labels.length)]).toEqual([...votes]);
    }
    // The head that decided before is gone.
    expect(Buffer.from(bytes).includes('dense_bias')).toBe(false);
    const altered = bytes.slice();
    altered[altered.length >> 1]! ^= 1;
    expect(() => loadModel(altered, { name: 'knn.onnx' })).toThrow(/altered/);
  });

  it('says the same whatever the batch, asked as any classifier and as neighbours', async () => {
    const { bytes } = await fileOf(modelOf());
    const model = loadModel(bytes, { name: 'knn.onnx' });
    const part = partOfAll(small(90, { seed: 8 }).dataset);
    const first = await evaluateNeighbours(engine, model, part.dataset, { batch: 90 });
    expect(first.nearTies).toBe(0);
    for (const batch of [1, 7, 64]) {
      const asNeighbours = await evaluateNeighbours(engine, model, part.dataset, { batch });
      const asAny = await evaluate(model, part, { engine, batch });
      expect(asNeighbours.scored.probabilities).toEqual(first.scored.probabilities);
      expect(asAny.scored.probabilities).toEqual(first.scored.probabilities);
    }
  });

  it("of somebody else's network takes images as decoders give them", async () => {
    const graph = graphOf(weightsOf(1));
    const theirs = loadModel(
      encodeModel(
        {
          ...graph,
          // `distances` is a name that the file needs for itself.
          inputs: [{ name: 'distances', type: 'float32', dims: ['n', channels, side, side] }],
          outputs: [{ name: 'probabilities', type: 'float32', dims: ['n', labels.length] }],
          nodes: graph.nodes
            .slice(4)
            .map((node) => ({ ...node, inputs: node.inputs.map((name) => (name === 'nchw' ? 'distances' : name)) })),
        },
        [],
        '',
      ),
      { name: 'theirs.onnx' },
    );
    const { index, bytes } = await fileOf(theirs);
    const model = loadModel(bytes, { name: 'knn.onnx' });
    expect(model.tensor).toMatchObject({ name: 'image', type: 'uint8', layout: 'NHWC' });
    const tapped = await openTapped(engine, model, { values: ['distances', 'neighbours'] });
    const { values } = await tapped.run(train.images.subarray(0, 10 * size), 10);
    await tapped.close();
    // Each of them is in the index itself.
    expect(Array.from({ length: 10 }, (_, i) => values[1]![i * 5])).toEqual(Array.from({ length: 10 }, (_, i) => i));
    expect(index.count).toBe(count);
    for (let i = 0; i < 10; i++) expect(values[0]![i * 5]!).toBeLessThan(1e-5);
  });

  it('verify compares distances: engines may differ by a vote where two neighbours are as far', async () => {
    const { bytes } = await fileOf(modelOf());
    const model = loadModel(bytes, { name: 'knn.onnx' });
    const row = (distance: number, next: number, votes: readonly number[]) => [...votes, 1, 1, 1, 1, distance, next];
    const engineOf = (name: 'ort-cpu' | 'web-wasm', rows: number[][]) => ({
      ...{ name, tolerance: 1e-5 },
      probe: async () => ({ available: true as const, version: '1', device: 'none' }),
      open: async (opened: LoadedModel) => ({
        ...{ engine: name, version: '1', device: 'none', model: opened },
        predict: async (_: Uint8Array, n: number) => Float32Array.from(rows.slice(0, n).flat()),
        close: async () => {},
      }),
    });
    const images = { name: 'two', length: 2, slice: async () => new Uint8Array(2 * size) };
    const same = row(1, 2, [0.6, 0.4, 0, 0]);
    const compared = (tied: number[], other: number[]) =>
      verify(model, { images, engines: [engineOf('ort-cpu', [tied, same]), engineOf('web-wasm', [other, same])] });
    const tie = await compared(row(1, 1.000001, [0.6, 0.4, 0, 0]), row(1, 1.000001, [0.4, 0.6, 0, 0]));
    expect(tie).toMatchObject({ passed: true, compared: 'distances' });
    expect(tie.engines[1]).toMatchObject({ nearTies: 1, top1Agreement: 0.5, verdict: 'agrees' });
    const flip = await compared(row(1, 2, [0.6, 0.4, 0, 0]), row(1, 2, [0.4, 0.6, 0, 0]));
    expect(flip.engines[1]).toMatchObject({
      verdict: 'differs',
      reason: expect.stringContaining('called something else'),
    });
    const far = await compared(same, row(1.1, 2, [0.6, 0.4, 0, 0]));
    expect(far.engines[1]).toMatchObject({ verdict: 'differs', reason: expect.stringContaining('|Δd|') });
  });
});

describe('onward knn', () => {
  it('fits, predicts, evaluates, verifies and shows the nearest', async () => {
    const fitted = await onward([
      'knn',
      'fit',
      at('model.onnx'),
      '--data',
      at('images'),
      '-k',
      '5',
      '-o',
      at('knn.onnx'),
      '--json',
    ]);
    expect(fitted.code, fitted.stderr).toBe(0);
    expect(JSON.parse(fitted.stdout)).toMatchObject({
      images: count,
      classes: 4,
      golden: { count: 16 },
      check: { loaded: true },
    });
    const again = await onward([
      'knn',
      'fit',
      at('model.onnx'),
      '--data',
      at('images'),
      '-k',
      '5',
      '-o',
      at('again.onnx'),
    ]);
    expect(again.code).toBe(0);
    expect(await readFile(at('again.onnx'))).toEqual(await readFile(at('knn.onnx')));
    const evaluated = await onward(['knn', 'eval', at('knn.onnx'), '--data', at('images'), '--json']);
    const report = JSON.parse(evaluated.stdout);
    expect(report.inIndex).toBe(count);
    expect(report.notes.join()).toContain('in the index themselves');
    const usual = await onward(['eval', at('knn.onnx'), '--data', at('images'), '--json']);
    // A file that could not be read for a moment would be left out.
    expect([usual.stderr, JSON.parse(usual.stdout).dataset.images]).toEqual([
      expect.not.stringContaining('skipped'),
      count,
    ]);
    expect(JSON.parse(usual.stdout).metrics.accuracy).toEqual(report.metrics.accuracy);
    const image = join(at('images'), labels[classes[0]!]!, '0000.png');
    const explained = await onward([
      'explain',
      at('knn.onnx'),
      image,
      '--data',
      at('images'),
      '--out',
      at('seen'),
      '--method',
      'cam',
      '--json',
    ]);
    expect(explained.code, explained.stderr).toBe(0);
    const [{ neighbours }] = JSON.parse(explained.stdout).images;
    expect(neighbours).toHaveLength(5);
    expect(neighbours[0]).toMatchObject({ row: expect.any(Number), file: expect.stringContaining('0000.png') });
  });

  it('refuses in one sentence', async () => {
    const fit = ['knn', 'fit', at('model.onnx'), '--data', at('images'), '-o', at('no.onnx')];
    const many = await onward([...fit, '-k', '201']);
    expect([many.code, lastLine(many)]).toEqual([
      2,
      expect.stringContaining('as there are images in the index, 200, got 201'),
    ]);
    const layer = await onward([...fit, '--layer', 'embeding']);
    expect([layer.code, lastLine(layer)]).toEqual([2, expect.stringContaining('did you mean embedding?')]);
    const network = await onward(['knn', 'eval', at('model.onnx'), '--data', at('images')]);
    expect([network.code, lastLine(network)]).toEqual([1, expect.stringContaining('onward knn fit')]);
  });
});

describe('onward embed', () => {
  it('writes vectors that numpy and a reader of parquet read', async () => {
    const done = await onward(['embed', at('model.onnx'), '--data', at('images'), '--out', at('vectors'), '--json']);
    expect(done.code, done.stderr).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({ images: count, width: filters, layer: 'embedding' });
    const npy = await readFile(at('vectors/embeddings.npy'));
    const file = await readFile(at('vectors/embeddings.parquet'));
    const rows = await parquetReadObjects({
      file: file.buffer.slice(file.byteOffset, file.byteOffset + file.length) as ArrayBuffer,
    });
    expect(rows).toHaveLength(count);
    const csv = (await readFile(at('vectors/embeddings.csv'), 'utf8')).trim().split('\n');
    expect(csv).toHaveLength(count + 1);
    const floats = new Float32Array(
      npy.buffer.slice(npy.byteOffset + npy.length - count * filters * 4, npy.byteOffset + npy.length),
    );
    for (const [i, row] of rows.entries()) {
      expect(Array.from(row.embedding as number[])).toEqual([...floats.subarray(i * filters, (i + 1) * filters)]);
      expect(csv[i + 1]).toContain(`all,${row.index},${row.file},${row.label},${row.predicted},`);
    }
    // In the order of the folder, and each what the network makes of that very file.
    const names = rows.map(({ file: name }) => Number(/(\d{4})\.png/.exec(String(name))![1]));
    const own = await vectorsOf(modelOf(), train.images);
    for (const [i, image] of names.entries()) {
      for (let j = 0; j < filters; j++) expect(floats[i * filters + j]).toBeCloseTo(own[image * filters + j]!, 5);
    }
    if (skipsPython) return;
    const said = await inPython(
      '-c',
      `import numpy as np; a = np.load(${JSON.stringify(at('vectors/embeddings.npy'))}); print(a.shape, a.dtype, float(a.sum(dtype="f8")))`,
    );
    const [, sum] = /^\(200, 6\) float32 (\S+)/.exec(said) ?? [];
    expect(Number(sum)).toBeCloseTo(
      floats.reduce((a, b) => a + b, 0),
      2,
    );
  });
});

it('a map puts near vectors near each other, and the same seed gives the same', async () => {
  // Three groups in ten dimensions.
  const vectors = Float32Array.from(
    { length: 90 * 10 },
    (_, i) => (Math.floor(i / 10) % 3 === i % 10 ? 10 : 0) + Math.sin(i * 12.9898) * 0.5,
  );
  const places = await embeddingMap(vectors, 10);
  expect(await embeddingMap(vectors, 10)).toEqual(places);
  const far = (a: number, b: number) =>
    Math.hypot(places[a * 2]! - places[b * 2]!, places[a * 2 + 1]! - places[b * 2 + 1]!);
  for (let a = 0; a < 90; a++) {
    const nearest = Array.from({ length: 90 }, (_, b) => b)
      .filter((b) => b !== a)
      .sort((b, c) => far(a, b) - far(a, c));
    expect(nearest[0]! % 3).toBe(a % 3);
  }
});
