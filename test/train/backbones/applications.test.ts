import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { preprocess, preprocessedShape } from 'onward/model';
import { backbones, chooseBackend, fineTuned, type PretrainedWeights, type Recipe, recipeByName } from 'onward/train';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openWeights } from '#onward/cli/lib/pretrained.js';
import { pythonPath, skipsPython } from '../../export/python.js';

/** Small: what the networks compute at each pixel is the same at every size. */
const side = 64;
const inKeras = { 'mobilenet-v2': 'MobileNetV2', 'efficientnet-b0': 'EfficientNetB0', vgg16: 'VGG16' } as const;

const vgg16Convolutions = [2, 2, 3, 3, 3].flatMap((count, b) =>
  Array.from({ length: count }, (_, c) => `block${b + 1}_conv${c + 1}`),
);

describe.skipIf(skipsPython)('a backbone with the weights that Keras wrote', () => {
  let folder: string;
  let expected: { images: number[] } & { [name: string]: { dims: number[]; values: number[] } };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'onward-applications-'));
    await promisify(execFile)(pythonPath(), ['test/train/backbones/applications.py', folder, String(side)]);
    expected = JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8'));
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const named = (name: string) => backbones.find((backbone) => backbone.name === name)!;
  const open = (name: keyof typeof inKeras, file: string): Promise<PretrainedWeights> =>
    openWeights(join(folder, file), named(name).published, new AbortController().signal);

  /** How far the feature map is from Keras', relative to its largest value. */
  async function difference(
    name: keyof typeof inKeras,
    weights: PretrainedWeights,
    key: string = inKeras[name],
    recipe: Recipe = fineTuned(named(name), { weights }),
  ) {
    const { tf } = await chooseBackend();
    const backbone = named(name);
    const steps = recipe.preprocessing([side, side, 3]);
    const shape = preprocessedShape([side, side, 3], steps);
    const { dims, values } = expected[key]!;
    return tf.tidy(() => {
      const model = recipe.build(tf, { shape, classes: 3, seed: 1 });
      const map = tf.model({ inputs: model.inputs, outputs: model.getLayer(backbone.cut).output });
      const images = preprocess(Uint8Array.from(expected.images), steps, [side, side, 3]);
      const given = map.predict(tf.tensor4d(images, [2, ...shape])) as import('@tensorflow/tfjs').Tensor;
      expect(given.shape).toEqual(dims);
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      // Of two images: what comes out is about what went in, and not the networks' constants alone.
      const half = values.length / 2;
      const apart = values.slice(half).reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0);
      expect(apart / largest).toBeGreaterThan(0.02);
      const found = given.dataSync();
      model.dispose();
      return values.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0) / largest;
    });
  }

  it.each(Object.keys(inKeras) as (keyof typeof inKeras)[])(
    '%s gives the feature map that Keras gives',
    async (name) => {
      const files = [
        `${inKeras[name]}.h5`,
        `${inKeras[name]}.weights.h5`,
        ...(name === 'vgg16' ? ['VGG16 of Keras 1.h5'] : []),
      ];
      for (const file of files) {
        const most = await difference(name, await open(name, file));
        console.log(`${name}, ${file}: max |Δ| ${most.toExponential(1)}`);
        expect(most).toBeLessThan(1e-4);
      }
    },
  );

  it('efficientnet-b0 takes the published file as Keras takes it, whose colours are scaled once more', async () => {
    const key = 'EfficientNetB0 published';
    const file = await open('efficientnet-b0', `${key}.h5`);
    expect(await difference('efficientnet-b0', { ...file, isPublished: true }, key)).toBeLessThan(1e-4);
    expect(await difference('efficientnet-b0', file, key)).toBeGreaterThan(1e-2);
    // A file that says so itself.
    const rescaled = await open('efficientnet-b0', 'EfficientNetB0 rescaled.weights.h5');
    expect(await difference('efficientnet-b0', rescaled, key)).toBeLessThan(1e-4);
  });

  it('vgg16-finetune begins with them', async () => {
    const weights = await open('vgg16', 'VGG16.h5');
    const { pretrained, backbone } = recipeByName('vgg16-finetune');
    expect(backbone).toBeUndefined();
    const recipe = pretrained!.begin(weights);
    expect(await difference('vgg16', weights, 'VGG16', recipe)).toBeLessThan(1e-4);
    expect(recipe.backbone).toEqual({
      name: 'vgg16',
      cut: 'block5_pool',
      weights: { file: 'VGG16.h5', sha256: weights.sha256, published: false },
    });
  });

  it('are fetched from where they were published, on from where it broke off, and kept', async () => {
    const content = await readFile(join(folder, 'MobileNetV2.h5'));
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      const { range } = request.headers;
      const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
      asked.push(request.url);
      response.writeHead(from > 0 ? 206 : 200, {
        'content-length': content.length - from,
        ...(from > 0 && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
      });
      if (from > 0) response.end(content.subarray(from));
      else response.write(content.subarray(0, 4_000_000), () => setTimeout(() => response.destroy(), 20));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    vi.stubEnv('ONWARD_BACKBONES', address);
    vi.stubEnv('ONWARD_CACHE', join(folder, 'cache'));
    try {
      const fetch = (name: keyof typeof inKeras) =>
        openWeights('published', named(name).published, new AbortController().signal);
      const weights = await fetch('mobilenet-v2');
      expect(weights).toMatchObject({
        isPublished: true,
        sha256: createHash('sha256').update(content).digest('hex'),
      });
      expect(await difference('mobilenet-v2', weights)).toBeLessThan(1e-4);
      await fetch('mobilenet-v2');
      expect(asked).toEqual(Array(2).fill(`/${named('mobilenet-v2').published.file}`));
      // Something else under its name.
      await expect(fetch('vgg16')).rejects.toThrow(
        /^the published weights are not here: .*vgg16_.*_notop.h5 is not the file that was expected: its md5 is \w+, not 6d6bbae143d832006294945121d1f1fc; .*give it with --weights <file>; --weights none begins from scratch$/,
      );
    } finally {
      vi.unstubAllEnvs();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  });

  const refused = async (name: keyof typeof inKeras, weights: PretrainedWeights) => {
    const { tf } = await chooseBackend();
    const recipe = fineTuned(named(name), { weights });
    const build = () => {
      recipe.preprocessing([side, side, 3]);
      recipe.build(tf, { shape: [side, side, 3], classes: 3, seed: 1 });
    };
    try {
      tf.tidy(build);
    } catch (error) {
      expect(error).toMatchObject({ kind: 'input' });
      return (error as Error).message;
    }
    throw new Error('it was taken');
  };

  it('refuses the weights of another network, in either form', async () => {
    for (const form of ['h5', 'weights.h5']) {
      expect(await refused('vgg16', await open('vgg16', `MobileNetV2.${form}`))).toMatch(
        /MobileNetV2\.(weights\.)?h5: (it holds the weights of another network|expected the weights of block1_conv1)/,
      );
      expect(await refused('mobilenet-v2', await open('mobilenet-v2', `VGG16.${form}`))).toContain(
        'it holds the weights of another network: of the 104 layers that are wanted (Conv1, bn_Conv1, expanded_conv_depthwise and 101 more) it lacks',
      );
      expect(await refused('efficientnet-b0', await open('efficientnet-b0', `MobileNetV2.${form}`))).toContain('it ');
    }
  });

  it('refuses a file that lacks a layer, or has one of another shape', async () => {
    const whole = await open('vgg16', 'VGG16.h5');
    const narrow: PretrainedWeights = {
      ...whole,
      of: (wanted) =>
        new Map(
          [...whole.of(wanted)].map(([name, weights]) => [
            name,
            name === 'block2_conv1' ? weights.slice(0, 1) : weights,
          ]),
        ),
    };
    expect(await refused('vgg16', narrow)).toContain(
      'expected the weights of block2_conv1 to be of 3x3x64x128, 128, got 3x3x64x128; it is of another network',
    );
    expect(() =>
      whole.of([
        { name: 'block1_conv1', className: 'Conv2D' },
        { name: 'block1_conv2', className: 'Conv2D' },
        { name: 'block9_conv1', className: 'Conv2D' },
      ]),
    ).toThrow(/VGG16\.h5: it lacks the weights of the layer block9_conv1; give the file of the whole network/);
  });

  it('takes layers in their order where the file calls them otherwise, as Keras does', async () => {
    const weights = await open('vgg16', 'VGG16.h5');
    const wanted = vgg16Convolutions.map((name) => ({ name, className: 'Conv2D' }));
    const renamed = weights.of(wanted.map(({ name, ...layer }) => ({ name: `mine_${name}`, ...layer })));
    const bytes = (found: ReturnType<typeof weights.of>) =>
      Buffer.concat([...found.values()].flat().map(({ values }) => new Uint8Array(values.buffer)));
    expect(bytes(renamed).length).toBe(4 * 14_714_688);
    expect(bytes(renamed).equals(bytes(weights.of(wanted)))).toBe(true);
  });

  it('refuses what is truncated, is no file of weights, or calls itself the published one and is another', async () => {
    const bytes = await readFile(join(folder, 'MobileNetV2.h5'));
    const open = async (name: string, content: Uint8Array) => {
      await writeFile(join(folder, name), content);
      const weights = await openWeights(join(folder, name), named('vgg16').published, new AbortController().signal);
      return weights.of([{ name: 'Conv1', className: 'Conv2D' }]);
    };
    await expect(open('short.h5', bytes.subarray(0, 1_000_000))).rejects.toThrow(
      /short\.h5: .*it should have \d+ bytes, and has 1000000/,
    );
    await expect(open('empty.h5', new Uint8Array())).rejects.toThrow(
      /empty\.h5: expected a Keras file of weights .*got an empty file/,
    );
    await expect(open('text.h5', new TextEncoder().encode('hello'))).rejects.toThrow(/got another/);
    const { file, md5 } = named('vgg16').published;
    await expect(open(file, bytes)).rejects.toThrow(
      new RegExp(`is called as the published file is, and is another: expected the md5 ${md5}, got [0-9a-f]{32}`),
    );
    await expect(
      openWeights(join(folder, 'no.h5'), named('vgg16').published, new AbortController().signal),
    ).rejects.toThrow(/no\.h5: there is no such file; expected a file \(vgg16_weights/);
  });
});
