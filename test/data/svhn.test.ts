import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSource, wholeOf } from 'onward/data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inPython, skipsPython } from '../export/python.js';
import { datasetContract } from './contract.js';

/** Row, column, channel, image: as mat.py writes them. */
const pixel = (row: number, column: number, channel: number, image: number) =>
  (row * 3 + column * 50 + channel * 85 + image * 11) & 255;
const image = (n: number) =>
  Uint8Array.from({ length: 3072 }, (_, i) => pixel(Math.floor(i / 96), Math.floor(i / 3) % 32, i % 3, n));

const folder = mkdtempSync(join(tmpdir(), 'onward-svhn-'));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(skipsPython)('files as scipy writes them', () => {
  beforeAll(async () => {
    await inPython(fileURLToPath(new URL('mat.py', import.meta.url)), folder);
  }, 60_000);

  datasetContract('SVHN', async () => wholeOf(await openSource(folder)));

  it.each(['train_32x32', 'plain', 'labels_first', 'big_endian'])('%s.mat: upright, and 10 means 0', async (name) => {
    const { train } = await openSource(at(`${name}.mat`));
    expect([train.length, ...train.shape]).toEqual([30, 32, 32, 3]);
    expect([...train.labels.subarray(0, 11)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    expect(await train.batch([0])).toEqual(image(0));
    expect(await train.batch([29])).toEqual(image(29));
  });

  it('a folder has its parts', async () => {
    const source = await openSource(folder);
    expect([source.train.length, source.test?.length]).toEqual([30, 12]);
    expect([...source.test!.labels.subarray(8)]).toEqual([9, 0, 1, 2]);
  });

  it('one image, for which MATLAB keeps no fourth axis', async () => {
    const { train } = await openSource(at('one.mat'));
    expect(await train.batch([0])).toEqual(image(0));
  });

  it('are the same from a file in the cache, and in gray', async () => {
    const memory = (await openSource(at('plain.mat'))).train;
    const cache = process.env.ONWARD_CACHE;
    process.env.ONWARD_CACHE = at('cache');
    try {
      const file = (await openSource(at('plain.mat'), { memory: 0 })).train;
      expect(file.digest).toBe(memory.digest);
      expect(readdirSync(at('cache/datasets'))).toHaveLength(1);
    } finally {
      if (cache === undefined) delete process.env.ONWARD_CACHE;
      else process.env.ONWARD_CACHE = cache;
    }
    expect((await openSource(at('plain.mat'), { channels: 1 })).train.shape).toEqual([32, 32, 1]);
  });

  const other = /is not of the cropped digits of SVHN: expected X \(uint8 32x32x3xN\) and y \(N labels\), got /;
  it.each([
    ['other_names', other],
    ['floats', other],
    ['full_numbers', other],
    ['few_labels', other],
    ['nothing', /got no variables/],
    ['label_eleven', /has the label 11 at image 1: expected 1 to 10/],
    ['label_zero', /has the label 0 at image 1: expected 1 to 10/],
  ])('refuses %s.mat', async (name, message) => {
    await expect(openSource(at(`${name}.mat`))).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringMatching(message),
    });
  });

  it('is a sentence wherever it is cut off or a byte is wrong', async () => {
    mkdirSync(at('damaged'));
    const path = at('damaged/x.mat');
    for (const name of ['plain', 'train_32x32', 'big_endian']) {
      const bytes = readFileSync(at(`${name}.mat`));
      for (const share of [0.001, 0.2, 0.5, 0.99]) {
        writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * share)));
        await expect(openSource(path), `${name} ${share}`).rejects.toMatchObject({ kind: 'input' });
      }
      for (let i = 0; i < 30; i++) {
        const altered = Buffer.from(bytes);
        // The heads of the elements: all structure is there.
        const place = 124 + i * 4;
        altered[place] = altered[place]! ^ (1 << (i % 8));
        writeFileSync(path, altered);
        await openSource(path).then(
          ({ train }) => expect(train.length).toBe(30),
          (error) => expect(error, `${name} ${place}`).toMatchObject({ name: 'OnwardError', kind: 'input' }),
        );
      }
    }
  });

  it('what was fetched is read from the cache, and never again from the network', async () => {
    const before = { ...process.env };
    process.env.ONWARD_CACHE = at('fetched');
    process.env.ONWARD_SVHN = 'http://127.0.0.1:1/nowhere';
    mkdirSync(at('fetched/svhn'), { recursive: true });
    for (const name of ['train_32x32.mat', 'test_32x32.mat']) copyFileSync(at(name), at(`fetched/svhn/${name}`));
    try {
      expect((await openSource('svhn')).train.length).toBe(30);
    } finally {
      process.env = before;
    }
  });
});

describe('what is not SVHN', () => {
  it('is refused: MATLAB 7.3, which is HDF5', async () => {
    const path = at('new.mat');
    const head = Buffer.alloc(1024);
    head.write('MATLAB 7.3 MAT-file, Platform: GLNXA64');
    head.write('IM', 126);
    head.write('\x89HDF\r\n', 512, 'latin1');
    writeFileSync(path, head);
    await expect(openSource(path)).rejects.toMatchObject({
      kind: 'input',
      message: `${path} is a MATLAB 7.3 file (HDF5): expected a MATLAB 5 file; save it again with save(..., '-v7')`,
    });
  });

  it('is refused: any other file of that name', async () => {
    for (const content of ['', 'hello', createHash('sha256').update('x').digest('hex').repeat(20)]) {
      writeFileSync(at('text.mat'), content);
      await expect(openSource(at('text.mat'))).rejects.toThrow('is not a MATLAB 5 file');
    }
  });

  it('is refused: a name that means nothing', async () => {
    await expect(openSource('svhn:all')).rejects.toMatchObject({
      kind: 'usage',
      message: 'expected svhn or svhn:extra, got "svhn:all"',
    });
  });
});
