import { concat, type Dataset, memoryDataset, subset } from 'onward/data';
import type { ImageSpec } from 'onward/image';
import { describe, expect, it } from 'vitest';
import { datasetContract } from './contract.js';

const spec: ImageSpec = { width: 3, height: 2, channels: 3, fit: 'contain', background: [0, 0, 0] };

function small(length = 24): Dataset {
  return memoryDataset({
    name: 'small',
    spec,
    classes: ['cat', 'dog'],
    labels: Array.from({ length }, (_, i) => i % 2),
    pixels: Uint8Array.from({ length: length * 18 }, (_, i) => (i * 7 + (i >> 5)) & 255),
  });
}

datasetContract('a dataset in memory', () => small());
datasetContract('a subset', () => subset(small(40), [39, ...Array.from({ length: 20 }, (_, i) => i + 4)]));
datasetContract('a subset of a subset', () =>
  subset(
    subset(
      small(40),
      Array.from({ length: 30 }, (_, i) => 39 - i),
    ),
    Array.from({ length: 20 }, (_, i) => i + 5),
  ),
);
datasetContract('datasets put together', () => concat([small(10), small(1), small(13)].map((d, i) => named(d, i))));

/** The same images under other names, so that origins differ. */
function named(dataset: Dataset, part: number): Dataset {
  return { ...dataset, digest: dataset.digest, origin: (i) => `${part}: ${dataset.origin(i)}` };
}

describe('a dataset in memory', () => {
  it('has a digest that changes with a pixel, a label, a class and the shape', () => {
    const labels = [0, 1, 0];
    const pixels = Uint8Array.from({ length: 54 }, (_, i) => i);
    const make = (changes: Partial<Parameters<typeof memoryDataset>[0]>) =>
      memoryDataset({ name: 'x', spec, classes: ['cat', 'dog'], labels, pixels, ...changes }).digest;
    const digest = make({});
    expect(make({ name: 'y', groups: [5, 5, 6] })).toBe(digest);
    expect(make({ pixels: pixels.with(53, 0) })).not.toBe(digest);
    expect(make({ labels: [0, 1, 1] })).not.toBe(digest);
    expect(make({ classes: ['cat', 'cow'] })).not.toBe(digest);
    expect(make({ spec: { ...spec, width: 2, height: 3 } })).not.toBe(digest);
    // The definition holds: written down once, so that nobody changes it unawares.
    expect(digest).toMatchInlineSnapshot(`"6f70956c09e9b6496d9768480167ad948aeb71a4d7ac617104de90f0832457fe"`);
  });

  it('refuses pixels, groups and labels that do not fit', () => {
    const good = { name: 'x', spec, classes: ['a', 'b'], labels: [0, 1], pixels: new Uint8Array(36) };
    expect(() => memoryDataset({ ...good, pixels: new Uint8Array(35) })).toThrow('expected 2 images of 18 bytes in x');
    expect(() => memoryDataset({ ...good, groups: [1] })).toThrow('expected 2 groups in x, got 1');
    expect(() => memoryDataset({ ...good, labels: [0, 2] })).toThrow('expected labels below 2 in x, got 2');
  });
});

describe('datasets put together', () => {
  it('keep their groups apart', () => {
    const { groups } = concat([subset(small(), [3, 1]), subset(small(), [3, 1])]);
    expect(new Set(groups).size).toBe(4);
  });

  it('must be alike', () => {
    const other = memoryDataset({ name: 'o', spec, classes: ['x', 'y'], labels: [0], pixels: new Uint8Array(18) });
    expect(() => concat([small(), other])).toThrow('expected o to have the shape and the classes of small');
    expect(() => concat([])).toThrow('expected at least one dataset');
  });
});
