import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { random } from 'onward/common';
import { engineByName, openSession } from 'onward/engines';
import { exportClassifier, exportModel, readModelFile } from 'onward/export';
import { decode, encodePng, fit, type ImageSpec } from 'onward/image';
import { encodeGolden, loadModel, preprocess } from 'onward/model';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noise } from '../runtime/image/lcg.js';
import { type PngParts, png } from '../runtime/image/png.js';
import { optionsFor, preprocessing } from './classifiers.js';
import { layersOf, runLayers, tf, withWeights } from './networks.js';
import { inPython, pythonPath, skipsPython } from './python.js';

/** The program that docs/model-file.md prints, in a file as somebody would paste it. */
const program = /^```python\n([\s\S]*?)^```/m.exec(await readFile('docs/model-file.md', 'utf8'))![1]!;
let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-reader-'));
  await writeFile(at('read_onward.py'), program);
});
afterAll(() => rm(folder, { recursive: true }));

const background: [number, number, number] = [200, 30, 60];
const specs: ImageSpec[] = (['contain', 'cover', 'stretch'] as const).flatMap((fit) => [
  { width: 28, height: 28, channels: 1, fit, background },
  { width: 37, height: 20, channels: 3, fit, background },
  { width: 9, height: 31, channels: 3, fit, background },
]);

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Which files the reader and our own decoder and fitting make other bytes of. */
async function differing(files: ReadonlyMap<string, Uint8Array>): Promise<string[]> {
  for (const [name, bytes] of files) await writeFile(at(name), bytes);
  const { stdout, stderr } = spawnSync(pythonPath(), ['test/export/reader.py', folder], {
    input: JSON.stringify({ specs, files: [...files.keys()] }),
    encoding: 'utf8',
  });
  if (!stdout) throw new Error(stderr);
  const theirs = JSON.parse(stdout) as { [name: string]: string[] };
  const wrong: string[] = [];
  for (const [name, bytes] of files) {
    const image = await decode(bytes, { name });
    const ours = [image.data, ...specs.map((spec) => fit(image, spec))].map(sha256);
    if (ours.join() !== theirs[name]!.join()) wrong.push(name);
  }
  return wrong;
}

/** A classifier with golden samples that TensorFlow.js computed. */
async function classifier(): Promise<Uint8Array<ArrayBuffer>> {
  const model = withWeights(
    tf.sequential({
      layers: [
        tf.layers.conv2d({ inputShape: [12, 11, 3], filters: 6, kernelSize: 3, activation: 'relu' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 3, activation: 'softmax' }),
      ],
    }),
  );
  const options = { ...optionsFor(model), labels: ['ant', 'bee', 'çat'] };
  const stream = random('reader');
  const images = Uint8Array.from({ length: 16 * 12 * 11 * 3 }, () => stream.below(256));
  const probabilities = runLayers(model, preprocess(images, preprocessing, [12, 11, 3]), [16, 12, 11, 3]);
  const golden = encodeGolden({ kind: 'noise', count: 16, images, probabilities }, options.input);
  return exportClassifier(await layersOf(model), { ...options, golden });
}

describe.skipIf(skipsPython)('the reader that docs/model-file.md prints', { timeout: 120_000 }, () => {
  it('checks a file and says the class of an image: the one that we say', async () => {
    const bytes = await classifier();
    await writeFile(at('model.onnx'), bytes);
    const session = await openSession(engineByName('ort-cpu'), loadModel(bytes, { name: 'model.onnx' }));
    const images = [noise(30, 17), noise(5, 64), noise(11, 12)];
    const expected: string[] = [];
    for (const [i, image] of images.entries()) {
      await writeFile(at(`${i}.png`), await raw(image).png().toBuffer());
      const row = [...(await session.predict(fit(image, contained), 1))];
      const most = Math.max(...row);
      expected.push(`${at(`${i}.png`)}: ${['ant', 'bee', 'çat'][row.indexOf(most)]} ${(most * 100).toFixed(2)}%`);
    }
    await session.close();
    const [first, ...others] = (
      await inPython(at('read_onward.py'), at('model.onnx'), ...images.map((_, i) => at(`${i}.png`)))
    )
      .trim()
      .split('\n');
    console.log([first, ...others].join('\n'));
    expect(first).toMatch(/model\.onnx: intact, max \|Δp\| \d\.\de-\d\d on 16 samples$/);
    expect(others).toEqual(expected);
  });

  it('refuses a file with one bit changed, one of ours without its digest, and one of somebody else', async () => {
    const bytes = await classifier();
    const files = ['onward.labels', 'onward.digest', 'conv2d'].map((place) => {
      const damaged = bytes.slice();
      damaged[Buffer.from(bytes).indexOf(place) + 7]! ^= 1;
      return damaged;
    });
    const { model } = await readModelFile('test/export/keras/files/half.keras');
    for (const file of [...files, exportModel(model, { producerVersion: '0' })]) {
      await writeFile(at('other.onnx'), file);
      await expect(inPython(at('read_onward.py'), at('other.onnx'))).rejects.toThrow(
        'other.onnx: it was altered after it was exported, or onward did not export it',
      );
    }
  });

  it('refuses to run where the golden samples come out differently', async () => {
    // Sealed anew with other probabilities: the file is intact, and this machine is wrong.
    const model = loadModel(await classifier(), { name: 'x' });
    const other = { ...model.golden!, probabilities: model.golden!.probabilities.map((p) => p * 0.999) };
    const network = withWeights(
      tf.sequential({
        layers: [tf.layers.flatten({ inputShape: [12, 11, 3] }), tf.layers.dense({ units: 3, activation: 'softmax' })],
      }),
    );
    const options = optionsFor(network);
    const bytes = exportClassifier(await layersOf(network), { ...options, golden: encodeGolden(other, options.input) });
    await writeFile(at('other.onnx'), bytes);
    await expect(inPython(at('read_onward.py'), at('other.onnx'))).rejects.toThrow('this machine predicts differently');
  });

  it('makes the bytes that we make of PNGs of every kind, at odd sizes', async () => {
    const files = new Map<string, Uint8Array>();
    const hash = (x: number, y: number, c: number) =>
      (Math.imul(x * 7919 + y * 104729 + c * 1299709, 2654435761) >>> 15) & 0xffff;
    const palette = Array.from({ length: 48 }, (_, i) => (i * 37) & 255);
    const kinds: [string, number, number, Partial<PngParts>?][] = [
      ...[1, 2, 4, 8, 16].map((depth): [string, number, number] => [`gray-${depth}`, 0, depth]),
      ...[1, 2, 4].map((depth): [string, number, number, object] => [`palette-${depth}`, 3, depth, { palette }]),
      ...[8, 16].map((depth): [string, number, number] => [`rgb-${depth}`, 2, depth]),
      ...[8, 16].map((depth): [string, number, number] => [`gray-alpha-${depth}`, 4, depth]),
      ...[8, 16].map((depth): [string, number, number] => [`rgba-${depth}`, 6, depth]),
      ['palette-clear', 3, 4, { palette, transparency: [0, 128, 7] }],
      ['gray-clear-8', 0, 8, { transparency: [0, hash(3, 2, 0) & 255] }],
      ['gray-clear-16', 0, 16, { transparency: [hash(3, 2, 0) >> 8, hash(3, 2, 0) & 255] }],
      ['rgb-clear-8', 2, 8, { transparency: [0, 1, 2].flatMap((c) => [0, hash(4, 1, c) & 255]) }],
    ];
    for (const [name, color, depth, more] of kinds) {
      for (const [width, height] of [
        [1, 1],
        [13, 11],
        [3, 120],
        [97, 41],
      ] as const) {
        const sample = (x: number, y: number, c: number) => hash(x, y, c) & ((1 << depth) - 1);
        files.set(`${name}-${width}x${height}.png`, png({ width, height, color, depth, sample, ...more }));
      }
    }
    const sizes = random('sizes');
    for (let i = 0; i < 40; i++) {
      const [width, height] = [1 + sizes.below(150), 1 + sizes.below(150)];
      files.set(`${i}-${width}x${height}.png`, encodePng(noise(width, height, true)));
    }
    expect(await differing(files)).toEqual([]);
  });

  it('and other ones where its page says so', async () => {
    const parts = { width: 23, height: 19 };
    const hash = (x: number, y: number, c: number) => Math.imul(x * 7919 + y * 104729 + c * 31, 2654435761) >>> 16;
    const clear = (depth: number) => {
      const sample = (x: number, y: number) => hash(x, y, 0) & ((1 << depth) - 1);
      return png({ ...parts, color: 0, depth, sample, transparency: [0, sample(3, 2)] });
    };
    const deep = [0, 1, 2].flatMap((c) => [hash(4, 1, c) >> 8, hash(4, 1, c) & 255]);
    const files = new Map([
      ['gray-clear-1.png', clear(1)],
      ['gray-clear-2.png', clear(2)],
      ['gray-clear-4.png', clear(4)],
      ['rgb-clear-16.png', png({ ...parts, color: 2, depth: 16, sample: hash, transparency: deep })],
      ['cmyk.jpg', await raw(noise(67, 45)).blur(2).removeAlpha().toColourspace('cmyk').jpeg().toBuffer()],
    ]);
    expect(await differing(files)).toEqual(['gray-clear-2.png', 'gray-clear-4.png', 'rgb-clear-16.png', 'cmyk.jpg']);
  });

  it('and of JPEG and WebP, of every orientation', async () => {
    const files = new Map<string, Uint8Array>();
    const photo = () => raw(noise(67, 45)).blur(2).removeAlpha();
    for (let orientation = 1; orientation <= 8; orientation++) {
      const turned = () => photo().withMetadata({ orientation });
      files.set(`${orientation}.jpg`, await turned().jpeg({ quality: 90 }).toBuffer());
      files.set(`${orientation}.webp`, await turned().webp({ lossless: true }).toBuffer());
      files.set(`${orientation}.png`, await turned().png().toBuffer());
    }
    files.set('gray.jpg', await photo().toColourspace('b-w').jpeg().toBuffer());
    files.set('444.jpg', await photo().jpeg({ chromaSubsampling: '4:4:4', progressive: true }).toBuffer());
    files.set('profile.jpg', await photo().withIccProfile('p3').jpeg().toBuffer());
    files.set('lossy.webp', await photo().webp({ quality: 70 }).toBuffer());
    files.set(
      'alpha.webp',
      await raw(noise(67, 45, true))
        .webp({ lossless: true, exact: true })
        .toBuffer(),
    );
    expect(await differing(files)).toEqual([]);
  });
});

const raw = ({ data, width, height }: { data: Uint8Array; width: number; height: number }) =>
  sharp(data, { raw: { width, height, channels: 4 } });
const contained: ImageSpec = { width: 11, height: 12, channels: 3, fit: 'contain', background: [0, 0, 0] };
