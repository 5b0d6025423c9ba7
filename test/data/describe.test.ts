import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  contactSheet,
  describe as describeDataset,
  memoryDataset,
  openSource,
  orderChanges,
  writeImageFolder,
} from 'onward/data';
import { decode, encodePng } from 'onward/image';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { makeTrees } from './files.js';

const tree = makeTrees();
const spec = { width: 5, height: 4, channels: 3, fit: 'contain', background: [0, 0, 0] } as const;
const size = 60;

/** Images of noise; the last one repeats the first, in another class. */
function dataset(length = 25, classes = ['a', 'b']) {
  const pixels = Uint8Array.from({ length: length * size }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 21) & 255);
  pixels.copyWithin((length - 1) * size, 0, size);
  return memoryDataset({
    name: 'noise',
    spec,
    classes,
    labels: Array.from({ length }, (_, i) => (i === length - 1 ? 1 : Math.min(i % 3, 1) && i % 2)),
    pixels,
    groups: Array.from({ length }, (_, i) => Math.floor(i / 5)),
  });
}

describe('a description', () => {
  it('has the mean and the deviation that sharp computes, the counts, and the duplicates', async () => {
    const noise = dataset();
    const about = await describeDataset(noise);
    const all = await noise.batch(Array.from({ length: 25 }, (_, i) => i));
    const { channels } = await sharp(Buffer.from(all), { raw: { width: 5, height: 4 * 25, channels: 3 } }).stats();
    channels.forEach(({ mean, stdev }, c) => {
      expect(about.mean[c]).toBeCloseTo(mean, 9);
      // sharp divides by one less.
      expect(about.deviation[c]).toBeCloseTo(stdev * Math.sqrt(499 / 500), 4);
    });
    expect(about).toMatchObject({
      name: 'noise',
      images: 25,
      shape: [4, 5, 3],
      digest: noise.digest,
      repeated: 1,
      contradictions: [['noise #0', 'noise #24']],
      groups: 5,
      largestGroup: 5,
    });
    expect(about.classes.map(({ images }) => images).reduce((a, b) => a + b)).toBe(25);
    expect(about.classes[1]!.images).toBe(noise.labels.filter((label) => label === 1).length);
  });

  it('stops when it is told to', async () => {
    await expect(describeDataset(dataset(), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      kind: 'interrupted',
    });
  });
});

describe('a contact sheet', () => {
  it('has a row a class, the same for a seed', async () => {
    const noise = dataset();
    const sheet = await contactSheet(noise, { columns: 3 });
    // 5x4 pixels become 50x40.
    expect([sheet.width, sheet.height]).toEqual([3 * 52 + 2, 2 * 42 + 2]);
    expect(await contactSheet(noise, { columns: 3 })).toEqual(sheet);
    expect((await contactSheet(noise, { columns: 3, seed: 2 })).data).not.toEqual(sheet.data);
    const cell = (row: number, column: number) => {
      const at = ((2 + row * 42) * sheet.width + 2 + column * 52) * 3;
      return [...sheet.data.subarray(at, at + 3)];
    };
    const firsts: number[][] = [];
    for (let i = 0; i < 25; i++) if (noise.labels[i] === 1) firsts.push([...(await noise.batch([i])).subarray(0, 3)]);
    for (let column = 0; column < 3; column++) expect(firsts).toContainEqual(cell(1, column));
  });
});

describe('a dataset as an image folder', () => {
  it('read again is the same', async () => {
    const root = tree({});
    const noise = dataset(25);
    await writeImageFolder(join(root, 'out'), { '': noise });
    const { train } = await openSource(join(root, 'out'), { channels: 3 });
    expect(train.digest).toBe(noise.digest);
    expect(orderChanges(noise)).toBe(false);
    expect(orderChanges(dataset(25, ['b', 'a']))).toBe(true);
  });

  it('has the parts that there are', async () => {
    const root = tree({});
    await writeImageFolder(join(root, 'out'), { train: dataset(25), test: dataset(12) });
    const source = await openSource(join(root, 'out'));
    expect([source.train.length, source.val, source.test?.length]).toEqual([25, undefined, 12]);
    const [first] = readdirSync(join(root, 'out/test/b'));
    const { width, height } = await decode(
      new Uint8Array(
        await sharp(join(root, 'out/test/b', first!))
          .png()
          .toBuffer(),
      ),
    );
    expect([width, height]).toEqual([5, 4]);
  });

  it('is not there when it breaks off, and never over something', async () => {
    const root = tree({ 'there/x.png': encodePng({ width: 1, height: 1, data: Uint8Array.of(1) }) });
    await expect(
      writeImageFolder(join(root, 'out'), { '': dataset() }, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({
      kind: 'interrupted',
    });
    expect(readdirSync(root)).toEqual(['there']);
    await expect(writeImageFolder(join(root, 'there'), { '': dataset() })).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringContaining('is there already'),
    });
    expect(existsSync(join(root, 'there/x.png'))).toBe(true);
    await expect(writeImageFolder(join(root, 'out'), { '': dataset(25, ['a', '../b']) })).rejects.toThrow(
      'the class "../b" of noise cannot be the name of a folder: rename it',
    );
  });
});
