import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { openSource, wholeOf } from 'onward/data';
import { describe, expect, it } from 'vitest';
import { datasetContract } from './contract.js';
import { makeTrees } from './files.js';

const tree = makeTrees();
const digits = fileURLToPath(new URL('../../../shared/data/svhn-gray', import.meta.url));

/** An IDX file of these numbers. */
function file(dims: readonly number[], data: ArrayLike<number>, type = 8): Buffer {
  const head = Buffer.alloc(4 + 4 * dims.length);
  head[2] = type;
  head[3] = dims.length;
  dims.forEach((dim, i) => {
    head.writeUInt32BE(dim, 4 + 4 * i);
  });
  return Buffer.concat([head, Uint8Array.from(data)]);
}

const pixels = (count: number, size: number, by = 7) =>
  Uint8Array.from({ length: count * size }, (_, i) => (i * by) & 255);
const labels = (count: number, classes = 3) => Uint8Array.from({ length: count }, (_, i) => i % classes);
const pair = (count = 30) => ({
  'images-idx3-ubyte': file([count, 5, 4], pixels(count, 20)),
  'labels-idx1-ubyte': file([count], labels(count)),
});

datasetContract('an IDX pair', async () => (await openSource(tree(pair()))).train);

describe('IDX files', () => {
  it('are images as they stand, zipped or not, by their file or their folder', async () => {
    const root = tree(pair());
    const { train } = await openSource(root);
    expect([train.length, ...train.shape]).toEqual([30, 5, 4, 1]);
    expect(train.classes).toEqual(['0', '1', '2']);
    expect([...train.labels.subarray(0, 4)]).toEqual([0, 1, 2, 0]);
    expect(await train.batch([0, 1])).toEqual(pixels(2, 20));
    const zipped = Object.entries(pair()).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)] as const);
    expect((await openSource(tree(Object.fromEntries(zipped)))).train.digest).toBe(train.digest);
    expect((await openSource(join(root, 'images-idx3-ubyte'))).train.digest).toBe(train.digest);
  });

  it('come in parts, which share their classes', async () => {
    const source = await openSource(
      tree({
        'train-images-idx3-ubyte': file([30, 5, 4], pixels(30, 20)),
        'train-labels-idx1-ubyte': file([30], labels(30)),
        't10k-images.idx3-ubyte': file([4, 5, 4], pixels(4, 20, 3)),
        't10k-labels.idx1-ubyte': file([4], labels(4, 2)),
      }),
    );
    expect([source.train.length, source.val, source.test?.length]).toEqual([30, undefined, 4]);
    expect(source.test?.classes).toEqual(['0', '1', '2']);
    expect(wholeOf(source).length).toBe(34);
  });

  it('may have colours', async () => {
    const colour = {
      'images-idx4-ubyte': file([6, 5, 4, 3], pixels(6, 60)),
      'labels-idx1-ubyte': file([6], labels(6)),
    };
    const { train } = await openSource(tree(colour));
    expect(train.shape).toEqual([5, 4, 3]);
    expect(await train.batch([5])).toEqual(pixels(6, 60).subarray(300));
    const gray = (await openSource(tree(colour), { channels: 1 })).train;
    const [red, green, blue] = pixels(1, 3);
    expect((await gray.batch([0]))[0]).toBe(Math.round(0.299 * red! + 0.587 * green! + 0.114 * blue!));
  });

  const bad: [string, Record<string, Uint8Array>, RegExp][] = [
    [
      'no labels',
      { 'images-idx3-ubyte': pair()['images-idx3-ubyte'] },
      /has no labels beside it: expected .*labels-idx1-ubyte/,
    ],
    [
      'other labels',
      { ...pair(), 'labels-idx1-ubyte': file([29], labels(29)) },
      /has 29 labels and .* 30 images: expected as many/,
    ],
    [
      'cut off',
      { ...pair(), 'images-idx3-ubyte': pair()['images-idx3-ubyte'].subarray(0, 500) },
      /has 500 bytes where its header \(30x5x4\) says 616/,
    ],
    [
      'cut off when zipped',
      {
        'images-idx3-ubyte.gz': gzipSync(pair()['images-idx3-ubyte']).subarray(0, 60),
        'labels-idx1-ubyte': file([30], labels(30)),
      },
      /is damaged or cut off/,
    ],
    [
      'two sizes',
      {
        ...pair(),
        't10k-images-idx3-ubyte': file([2, 4, 4], pixels(2, 16)),
        't10k-labels-idx1-ubyte': file([2], [0, 1]),
      },
      /has images of 5x4x1 to train on and of 4x4x1 for test: expected one size/,
    ],
    [
      'floats',
      { ...pair(), 'images-idx3-ubyte': file([30, 5, 4], pixels(30, 20), 13) },
      /has numbers of IDX type 13: expected 8/,
    ],
    [
      'something else',
      { ...pair(), 'images-idx3-ubyte': Buffer.from('PNG?') },
      /is not an IDX file \(it starts with 504e473f\)/,
    ],
    [
      'two to train on',
      {
        ...pair(),
        'a-images-idx3-ubyte': file([30, 5, 4], pixels(30, 20)),
        'a-labels-idx1-ubyte': file([30], labels(30)),
      },
      /more than one file of images for train/,
    ],
  ];
  it.each(bad)('say so: %s', async (_, files, message) => {
    await expect(openSource(tree(files))).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringMatching(message),
    });
  });

  it('refuse another size', async () => {
    await expect(openSource(tree(pair()), { size: 32 })).rejects.toMatchObject({ kind: 'usage' });
  });
});

describe.skipIf(!existsSync(digits))('real house numbers (where ../shared/data/svhn-gray is)', () => {
  it('are 16,108 digits', async () => {
    const { train } = await openSource(digits);
    expect([train.length, ...train.shape]).toEqual([16_108, 32, 32, 1]);
    const counts = train.classes.map((_, label) => train.labels.filter((found) => found === label).length);
    expect(counts).toEqual([1027, 3153, 2649, 1783, 1589, 1438, 1238, 1247, 1009, 975]);
  });
});
