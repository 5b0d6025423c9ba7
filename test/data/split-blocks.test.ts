import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Dataset, memoryDataset, type Split, splitAs, splitDataset, writeSplitFile } from 'onward/data';
import { describe, expect, it } from 'vitest';
import { makeTrees } from './files.js';

const tree = makeTrees();

/** One pixel each, its number; classes 0 to 2. */
function numbered(labels: readonly number[], groups?: readonly number[]): Dataset {
  return memoryDataset({
    name: 'numbered',
    spec: { width: 2, height: 1, channels: 1, fit: 'contain', background: [0, 0, 0] },
    classes: ['a', 'b', 'c'],
    labels,
    pixels: Uint8Array.from(labels.flatMap((_, i) => [i & 255, i >> 8])),
    ...(groups && { groups }),
    origin: (i) => `numbered/${i}.png`,
  });
}
const numbersOf = (part: Dataset) =>
  Array.from({ length: part.length }, (_, i) => Number(/(\d+)\.png$/.exec(part.origin(i))![1]));
/** How often the side changes along the images. */
function cuts({ train, val, test }: Split, length: number): number {
  const side = new Array<number>(length).fill(-1);
  for (const [s, part] of [train, val, test].entries()) for (const n of numbersOf(part)) side[n] = s;
  expect(side).not.toContain(-1);
  return side.filter((s, i) => i > 0 && s !== side[i - 1]).length;
}

describe('a split by blocks', () => {
  it('cuts images in a mixed order into three runs, round the end', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 60, max: 300 }), (seed, length) => {
        const dataset = numbered(Array.from({ length }, (_, i) => i % 3));
        const split = splitDataset({ train: dataset }, { how: 'blocks', seed, val: 0.2, test: 0.3 });
        expect(cuts(split, length)).toBeLessThanOrEqual(3);
        expect(Math.abs(split.val.length - 0.2 * length)).toBeLessThanOrEqual(1.5);
        expect(Math.abs(split.test.length - 0.3 * length)).toBeLessThanOrEqual(1.5);
      }),
    );
  });

  it('cuts every class at the same places when they stand one after another', () => {
    const dataset = numbered(Array.from({ length: 300 }, (_, i) => Math.floor(i / 100)));
    for (let seed = 0; seed < 20; seed++) {
      const split = splitDataset({ train: dataset }, { how: 'blocks', seed });
      for (const part of [split.train, split.val, split.test]) {
        const places = [0, 1, 2].map((label) =>
          numbersOf(part)
            .filter((n) => Math.floor(n / 100) === label)
            .map((n) => n % 100),
        );
        expect(places[1]).toEqual(places[0]);
        expect(places[2]).toEqual(places[0]);
      }
    }
    const test = (seed: number) => numbersOf(splitDataset({ train: dataset }, { how: 'blocks', seed }).test);
    expect(test(1)).toEqual(test(1));
    expect(test(1)).not.toEqual(test(2));
  });

  it('parts no group, and leaves the parts that a source comes with', () => {
    const dataset = numbered(
      Array.from({ length: 120 }, (_, i) => i % 3),
      Array.from({ length: 120 }, (_, i) => Math.floor(i / 7)),
    );
    for (let seed = 0; seed < 20; seed++) {
      const { train, val, test } = splitDataset({ train: dataset }, { how: 'blocks', seed });
      const sides = [train, val, test].flatMap((part) => [...new Set(part.groups)]);
      expect(new Set(sides).size).toBe(sides.length);
    }
    const own = numbered([0, 1, 2]);
    expect(splitDataset({ train: dataset, test: own }, { how: 'blocks' }).test).toBe(own);
  });

  it('says when a class would be missing somewhere', () => {
    const labels = Array.from({ length: 100 }, (_, i) => (i < 97 ? i % 2 : 1));
    labels.fill(2, 50, 53);
    expect(() => splitDataset({ train: numbered(labels) }, { how: 'blocks' })).toThrow(
      /^numbered cannot be split by blocks so that every part has every class: the class c would have no image for \w+; add images/,
    );
  });
});

describe('a split file', () => {
  const dataset = numbered(Array.from({ length: 30 }, (_, i) => i % 3));
  const source = { name: 'numbered', train: dataset };
  const file = (content: string) => join(tree({ 'split.csv': content }), 'split.csv');

  it('divides as it says, by path or by number, and may leave images out', async () => {
    const split = await splitAs(file('image,split\n3.png,train\nnumbered/4.png,train\n7,val\n29.png,test\n'), source);
    expect([split.train, split.val, split.test].map(numbersOf)).toEqual([[3, 4], [7], [29]]);
  });

  it('written and read is the same split', async () => {
    const split = await splitAs('blocks', source, { seed: 4 });
    const again = await splitAs(file(writeSplitFile('numbered', split)), source);
    for (const part of ['train', 'val', 'test'] as const)
      expect(numbersOf(again[part])).toEqual(numbersOf(split[part]));
    writeFileSync(join(tree({}), 'x'), '');
  });

  const bad: [string, RegExp][] = [
    ['3.png,train', /has no first line with the columns image and split/],
    ['image,split\n3.png,dev', /line 2, has the split "dev": expected train, val, test/],
    [
      'image,split\n99.png,train',
      /line 2, names "99.png", which is not in numbered: expected an image's path or its number from 0 to 29/,
    ],
    ['image,split\n3.png,train\n3,test', /line 3, names 3 a second time/],
    ['image,split\n3.png,test', /has no images to train on/],
    ['image,split\n"3.png,test', /line 2 opens a quote/],
  ];
  it.each(bad)('refuses %j', async (content, message) => {
    await expect(splitAs(file(content), source)).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringMatching(message),
    });
  });

  it('has to be there', async () => {
    await expect(splitAs('/nowhere/split.csv', source)).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringContaining('cannot be read'),
    });
  });
});
