import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineByName } from 'onward/engines';
import { convolutionsOf, explain, graphOf, modelAsSaid, openTapped, writeExplanation } from 'onward/evaluate';
import { exportClassifier } from 'onward/export';
import { encodeModel, floatInitializer, type Graph, int, ints, loadModel, preprocess, softmaxRows } from 'onward/model';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { optionsFor } from '../export/classifiers.js';
import { layersOf, tf, withWeights } from '../export/networks.js';
import {
  channels,
  filters,
  imagesOf,
  labels,
  modelOf,
  side,
  size,
  graphOf as testGraph,
  weightsOf,
} from '../runtime/engines/models.js';

const engine = engineByName('ort-cpu');

it('layers give what they give in TensorFlow.js', async () => {
  const { layers } = tf;
  const network = withWeights(
    tf.sequential({
      layers: [
        layers.conv2d({
          inputShape: [12, 12, 3],
          filters: 8,
          kernelSize: 3,
          padding: 'same',
          activation: 'relu',
          name: 'first',
        }),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.conv2d({ filters: 6, kernelSize: 1, activation: 'relu', name: 'point' }),
        layers.conv2d({ filters: 5, kernelSize: 3, strides: 2, activation: 'tanh', name: 'second' }),
        layers.flatten(),
        layers.dense({ units: 4, activation: 'softmax', name: 'out' }),
      ],
    }),
  );
  const model = loadModel(exportClassifier(await layersOf(network), optionsFor(network)), { name: 'three.onnx' });
  const found = convolutionsOf(graphOf(model));
  expect(found.map(({ isPointwise }) => isPointwise)).toEqual([false, true, false]);
  const tapped = await openTapped(engine, model, { values: found.map(({ value }) => value) });
  const images = Uint8Array.from({ length: 3 * 12 * 12 * 3 }, (_, i) => (i * 37 + (i % 11) * 50) % 256);
  const { values, probabilities } = await tapped.run(images, 3);
  await tapped.close();
  const steps = optionsFor(network).provenance.preprocessing!;
  const input = tf.tensor(preprocess(images, steps, [12, 12, 3]), [3, 12, 12, 3]);
  // The first one's bias and relu wait in the file until its maps are pooled.
  const names = [network.layers[1]!.name, 'point', 'second', 'out'];
  const part = tf.model({
    inputs: network.inputs,
    outputs: names.map((name) => network.getLayer(name).output as never),
  });
  const expected = (part.predict(input) as unknown as { shape: number[]; dataSync(): Float32Array }[]).map(
    (tensor) => tensor,
  );
  const isPooled = found[0]!.operators.includes('MaxPool');
  for (const [i, maps] of values.entries()) {
    const wanted =
      i === 0 && !isPooled
        ? (tf
            .model({ inputs: network.inputs, outputs: network.getLayer('first').output as never })
            .predict(input) as (typeof expected)[0])
        : expected[i]!;
    const [n, h, w, c] = wanted.shape as [number, number, number, number];
    expect(tapped.shapes[i]).toEqual([c, h, w]);
    const data = wanted.dataSync();
    let most = 0;
    for (let image = 0; image < n; image++)
      for (let pixel = 0; pixel < h * w; pixel++)
        for (let map = 0; map < c; map++)
          most = Math.max(
            most,
            Math.abs(maps[(image * c + map) * h * w + pixel]! - data[(image * h * w + pixel) * c + map]!),
          );
    expect(most, names[i]).toBeLessThan(1e-5);
  }
  expect(Math.max(...expected[3]!.dataSync().map((p, i) => Math.abs(p - probabilities[i]!)))).toBeLessThan(1e-5);
});

it('a class activation map is the maps summed with the weights of the class', async () => {
  const model = modelOf();
  const pixels = imagesOf(5, 1);
  const [found] = await explain(model, [{ name: 'noise', pixels }], { engine, label: 'cat' });
  const maps = found!.layers[0]!.values;
  const { dense } = weightsOf(1);
  const sum = Array.from({ length: side * side }, (_, i) =>
    Math.max(
      0,
      Array.from({ length: filters }, (_, f) => dense[f * labels.length + 2]! * maps[f * side * side + i]!).reduce(
        (a, b) => a + b,
      ),
    ),
  );
  const top = Math.max(...sum);
  const [cam, occluded] = found!.heat;
  expect(cam!.title).toBe('Class activation map');
  for (const [i, value] of cam!.values.entries()) expect(value).toBeCloseTo(sum[i]! / top, 5);
  expect(occluded!.title).toBe('Occlusion');
});

it('what counts for a network that looks at one corner is that corner', async () => {
  // It says how bright the first 4x4 pixels are, and has no dense layer behind a mean.
  const kernel = new Float32Array(64 * 3).map((_, i) => (Math.floor((i % 64) / 8) < 4 && i % 8 < 4 ? 0.05 : 0));
  const node = (
    op: string,
    inputs: string[],
    output: string,
    attributes: Graph['nodes'][number]['attributes'] = {},
  ) => ({
    ...{ name: output, op, inputs, outputs: [output], attributes },
  });
  const bytes = encodeModel(
    {
      ...{ name: 'corner', opset: 17 },
      inputs: [{ name: 'x', type: 'float32', dims: ['batch', 3, 8, 8] }],
      outputs: [{ name: 'scores', type: 'float32', dims: ['batch', 2] }],
      nodes: [
        node('Conv', ['x', 'same'], 'maps'),
        node('Mul', ['maps', 'mask'], 'seen'),
        node('Conv', ['seen', 'one'], 'bright', { kernel_shape: ints([8, 8]) }),
        node('Flatten', ['bright'], 'flat', { axis: int(1) }),
        node('Gemm', ['flat', 'dense'], 'scores'),
      ],
      initializers: new Map(
        [
          floatInitializer('same', [3, 3, 1, 1], Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1)),
          floatInitializer('mask', [1, 3, 8, 8], new Float32Array(192).fill(1)),
          floatInitializer('one', [1, 3, 8, 8], kernel),
          floatInitializer('dense', [1, 2], Float32Array.of(1, -1)),
        ].map((each) => [each.name, each]),
      ),
    },
    [],
    '',
  );
  const model = modelAsSaid(bytes, 'corner.onnx', { labels: ['bright', 'dark'] });
  expect(model.labels).toEqual(['bright', 'dark']);
  const pixels = Uint8Array.from({ length: 192 }, (_, i) => ((i * 7) % 5) * 50);
  // The top left is bright, the rest is noise of the same mean as what covers it.
  for (let y = 0; y < 4; y++) for (let x = 0; x < 4; x++) pixels.fill(255, (y * 8 + x) * 3, (y * 8 + x) * 3 + 3);
  const [found] = await explain(model, [{ name: 'corner', pixels }], {
    engine,
    methods: ['occlusion'],
    label: 'bright',
  });
  const { values } = found!.heat[0]!;
  const mean = (inside: boolean) => {
    const some = [...values].filter((_, i) => (Math.floor(i / 8) < 4 && i % 8 < 4) === inside);
    return some.reduce((a, b) => a + b) / some.length;
  };
  expect(mean(true)).toBeGreaterThan(0.5);
  expect(mean(false)).toBeLessThan(0.15);
  // In the file as it is: scores, not probabilities.
  expect(found!.probabilities[0]! + found!.probabilities[1]!).toBeCloseTo(1, 6);
});

it("somebody else's file: an open size and how images are prepared are asked for, and then used", async () => {
  const graph = testGraph(weightsOf(1));
  // The same network as others write it: floats, channels first, open sizes, other names.
  const theirs: Graph = {
    ...graph,
    inputs: [{ name: 'pixels', type: 'float32', dims: ['batch', channels, 'h', 'w'] }],
    outputs: [{ name: 'scores', type: 'float32', dims: ['batch', labels.length] }],
    nodes: graph.nodes.slice(4, -1).map((node) => ({
      ...node,
      inputs: node.inputs.map((name) => (name === 'nchw' ? 'pixels' : name)),
      outputs: node.outputs.map((name) => (name === 'logits' ? 'scores' : name)),
    })),
  };
  const bytes = encodeModel(theirs, [], '');
  expect(() => modelAsSaid(bytes, 'theirs.onnx', {})).toThrow(/--size 224x224/);
  expect(() => modelAsSaid(bytes, 'theirs.onnx', { size: { width: side, height: side }, labels: ['a'] })).toThrow(
    /4 names/,
  );
  const model = modelAsSaid(bytes, 'theirs.onnx', { size: { width: side, height: side }, preprocess: 'tf' });
  const tapped = await openTapped(engine, model, { values: ['relu'] });
  const ours = await openTapped(engine, modelOf(), { values: ['relu'] });
  const images = imagesOf(9, 5);
  const [a, b] = [await tapped.run(images, 5), await ours.run(images, 5)];
  await tapped.close();
  await ours.close();
  expect(Math.max(...a.values[0]!.map((x, i) => Math.abs(x - b.values[0]![i]!)))).toBeLessThan(1e-5);
  expect(Math.max(...a.probabilities.map((x, i) => Math.abs(x - b.probabilities[i]!)))).toBeLessThan(1e-5);
  expect(softmaxRows(Float32Array.of(1, 1), 2)).toEqual(Float32Array.of(0.5, 0.5));
  expect(() => modelAsSaid(modelOf().bytes, 'ours.onnx', { preprocess: 'tf' })).toThrow(/says itself/);
});

it('a network without classes has feature maps and no heat maps', async () => {
  const graph = testGraph(weightsOf(1));
  for (const [output, dims] of [
    ['relu', ['N', filters, side, side]],
    ['embedding', ['N', filters, 'places']],
  ] as const) {
    const bytes = encodeModel({ ...graph, outputs: [{ name: output, type: 'float32', dims: [...dims] }] }, [], '');
    const model = modelAsSaid(bytes, 'maps.onnx', {});
    const [found] = await explain(model, [{ name: 'one', pixels: imagesOf(5, 1) }], { engine });
    const [ours] = await explain(modelOf(), [{ name: 'one', pixels: imagesOf(5, 1) }], { engine, methods: [] });
    expect(found!.layers[0]!.values).toEqual(ours!.layers[0]!.values);
    expect(found!.heat).toEqual([]);
    await expect(explain(model, [], { engine, methods: ['occlusion'] })).rejects.toThrow(/no classes; leave --method/);
  }
});

it('a page with everything in it, and pictures that can be read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onward-explain-'));
  try {
    const model = modelOf();
    const images = [0, 1].map((i) => ({ name: `<b>${i}.png`, pixels: imagesOf(5, 2).slice(i * size, (i + 1) * size) }));
    const found = await explain(model, images, { engine, layers: ['conv', 'embedding'] });
    await writeExplanation(join(folder, 'out'), model, found, { engine: 'ort-cpu' });
    const html = await readFile(join(folder, 'out', 'explain.html'), 'utf8');
    expect(html).not.toContain('<b>0.png');
    expect(html.match(/data:image\/png/g)).toHaveLength(2 * (1 + 2 + 2));
    expect(html).not.toMatch(/(?:src|href)="(?!data:|#)/);
    const json = JSON.parse(await readFile(join(folder, 'out', 'explain.json'), 'utf8'));
    expect(json.images[0].layers[0]).toMatchObject({ name: 'conv', shape: [filters, side, side], drawn: filters });
    const [first] = (await readdir(join(folder, 'out'))).sort();
    const picture = await sharp(join(folder, 'out', first!, '01-conv.png'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(new Set(picture.data).size).toBeGreaterThan(50);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('what is not there is said', async () => {
  const images = [{ name: 'one', pixels: imagesOf(5, 1) }];
  await expect(explain(modelOf(), images, { engine, layers: ['conw'] })).rejects.toThrow(/did you mean conv\?/);
  await expect(explain(modelOf(), images, { engine, label: 'eel' })).rejects.toThrow(
    /no class "eel"; expected one of ant, bee/,
  );
  const tfjs = engineByName('tfjs-native');
  await expect(explain(modelOf(), images, { engine: tfjs })).rejects.toThrow(/use ort-cpu/);
});
