import fc from 'fast-check';
import { type Dataset, memoryDataset, splitDataset, subset } from 'onward/data';
import { describe, expect, it } from 'vitest';

function labelled(labels: readonly number[], groups?: readonly number[]): Dataset {
  const classes = Array.from({ length: Math.max(1, ...labels) + 1 }, (_, i) => `class ${i}`);
  return memoryDataset({
    name: 'labelled',
    spec: { width: 1, height: 1, channels: 1, fit: 'contain', background: [0, 0, 0] },
    classes,
    labels,
    pixels: new Uint8Array(labels.length),
    ...(groups && { groups }),
  });
}

const countOf = (part: Dataset, label: number) => part.labels.reduce((sum, l) => sum + (l === label ? 1 : 0), 0);
const sizes = fc.array(fc.integer({ min: 3, max: 60 }), { minLength: 2, maxLength: 6 });
const share = fc.double({ min: 0.05, max: 0.4, noNaN: true });

describe('splitDataset', () => {
  it('gives every part its share of every class, within one image', () => {
    fc.assert(
      fc.property(sizes, share, share, fc.integer(), (counts, val, test, seed) => {
        const dataset = labelled(counts.flatMap((count, label) => new Array<number>(count).fill(label)));
        const split = splitDataset({ train: dataset }, { val, test, seed });
        for (const [label, count] of counts.entries()) {
          expect(Math.abs(countOf(split.val, label) - count * val)).toBeLessThanOrEqual(1 + 1e-9);
          expect(Math.abs(countOf(split.test, label) - count * test)).toBeLessThanOrEqual(1 + 1e-9);
          for (const part of [split.train, split.val, split.test]) expect(countOf(part, label)).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('keeps a group on one side, and the shares near where groups are small', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 60, maxLength: 200 }),
        fc.integer(),
        (labels, seed) => {
          // Groups of five that cross classes.
          const groups = labels.map((_, i) => Math.floor(i / 5));
          const dataset = labelled(labels, groups);
          const split = splitDataset({ train: dataset }, { seed, val: 0.2, test: 0.2 });
          const sides = [split.train, split.val, split.test].map((part) => [...new Set(part.groups)]);
          expect(new Set(sides.flat()).size).toBe(sides.flat().length);
          expect(Math.abs(split.val.length - labels.length * 0.2)).toBeLessThanOrEqual(8);
        },
      ),
    );
  });

  it('puts whole series of photographs on one side, shares exact where they can be', () => {
    // Four classes of ten series of ten.
    const labels = Array.from({ length: 400 }, (_, i) => Math.floor(i / 100));
    const groups = labels.map((_, i) => Math.floor(i / 10));
    const split = splitDataset({ train: labelled(labels, groups) }, { val: 0.1, test: 0.2 });
    expect([split.train.length, split.val.length, split.test.length]).toEqual([280, 40, 80]);
    for (let label = 0; label < 4; label++) expect(countOf(split.test, label)).toBe(20);
  });

  it('differs by seed', () => {
    const dataset = labelled(Array.from({ length: 100 }, (_, i) => i % 2));
    const test = (seed: number) => [...splitDataset({ train: dataset }, { seed }).test.groups];
    expect(test(1)).toEqual(test(1));
    expect(test(1)).not.toEqual(test(2));
  });

  it('leaves the parts that a source comes with as they are', () => {
    const dataset = labelled(Array.from({ length: 100 }, (_, i) => i % 2));
    const own = subset(dataset, [0, 1, 2, 3]);
    const split = splitDataset({ train: dataset, test: own }, { val: 0.25 });
    expect(split.test).toBe(own);
    expect([split.train.length, split.val.length]).toEqual([75, 25]);
    expect(splitDataset({ train: dataset, val: own, test: own })).toEqual({ train: dataset, val: own, test: own });
  });

  it('takes a share of nothing as no images', () => {
    const split = splitDataset({ train: labelled([0, 0, 0, 1, 1, 1]) }, { val: 0, test: 0 });
    expect([split.train.length, split.val.length, split.test.length]).toEqual([6, 0, 0]);
  });

  it('refuses shares that are none, and too few images', () => {
    expect(() => splitDataset({ train: labelled([0, 1]) }, { val: 0.6, test: 0.5 })).toThrow(
      'expected shares for validation and test from 0 up, together below 1, got 0.6 and 0.5',
    );
    expect(() => splitDataset({ train: labelled([0, 1]) })).toThrow(
      'the class class 0 of labelled has one image: expected at least 3, one each for training, validation and test; add images, or take the class out',
    );
    expect(() => splitDataset({ train: labelled([0, 0, 1, 1]) })).toThrow('or leave a part out (--test 0)');
  });
});
