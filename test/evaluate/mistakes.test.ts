import fc from 'fast-check';
import { random } from 'onward/common';
import { memoryDataset } from 'onward/data';
import { galleryOf, labelErrors, nearDuplicates, relabelCsv, scored } from 'onward/evaluate';
import { describe, expect, it } from 'vitest';

const names = (count: number) => Array.from({ length: count }, (_, c) => `class ${c}`);
const of = (rows: number[][], labels: number[]) =>
  scored(names(rows[0]!.length), Uint32Array.from(labels), Float32Array.from(rows.flat()));

describe('labels in doubt', () => {
  it('are those of images that count as another class, by hand', () => {
    // Thresholds: class 0: (0.9 + 0.8 + 0.1) / 3 = 0.6, class 1: (0.7 + 0.7 + 0.4) / 3 = 0.6.
    const all = of(
      [
        [0.9, 0.1],
        [0.8, 0.2],
        [0.1, 0.9],
        [0.3, 0.7],
        [0.3, 0.7],
        [0.6, 0.4],
      ],
      [0, 0, 0, 1, 1, 1],
    );
    expect(labelErrors(all)).toEqual([
      { image: 2, suggested: 1, margin: expect.closeTo(-0.8) },
      { image: 5, suggested: 0, margin: expect.closeTo(-0.2) },
    ]);
  });

  it('a mistake that is no surer than the other class’s own images are is none', () => {
    const all = of(
      [
        [0.9, 0.1],
        [0.45, 0.55],
        [0.05, 0.95],
        [0.05, 0.95],
      ],
      [0, 0, 1, 1],
    );
    expect(labelErrors(all)).toEqual([]);
  });

  it('are most of the labels that somebody swapped, and hardly any other, where a model is good', () => {
    const stream = random('swapped');
    const truth = Array.from({ length: 2000 }, () => stream.below(4));
    const rows = truth.map((label) => {
      const sure = stream.between(0.6, 0.99);
      return [0, 1, 2, 3].map((c) => (c === label ? sure : (1 - sure) / 3));
    });
    const labels = truth.map((label, i) => (i % 20 === 0 ? (label + 1) % 4 : label));
    const found = labelErrors(of(rows, labels));
    expect(found.every(({ image, suggested }) => image % 20 === 0 && suggested === truth[image])).toBe(true);
    expect(found.length).toBeGreaterThan(50);
  });
});

const side = 24;
/** Smooth blobs: what images look like to a hash of low frequencies. */
function blob(seed: number): Uint8Array {
  const stream = random('blob', seed);
  const waves = Array.from(
    { length: 12 },
    () => [stream.between(-3, 3), stream.between(-3, 3), stream.between(0, 6), stream.between(10, 30)] as const,
  );
  return Uint8Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [(i % side) / side, Math.floor(i / side) / side];
    return (
      128 + waves.reduce((sum, [u, v, phase, height]) => sum + (height * Math.sin(3 * (u * x + v * y) + phase)) / 2, 0)
    );
  });
}
const noisy = (image: Uint8Array, seed: number, by = 3) => {
  const stream = random('noisy', seed);
  return image.map((value) => Math.max(0, Math.min(255, value + stream.below(2 * by + 1) - by)));
};
const datasetOf = (images: readonly Uint8Array[], labels: readonly number[] = images.map(() => 0)) =>
  memoryDataset({
    name: 'blobs',
    spec: { width: side, height: side, channels: 1, fit: 'contain', background: [0, 0, 0] },
    classes: ['a', 'b'],
    labels,
    pixels: Uint8Array.from(images.flatMap((image) => [...image])),
  });

describe('near-duplicates', () => {
  it('are found among many, exact or with noise, and nothing else is', async () => {
    const images = Array.from({ length: 300 }, (_, i) => blob(i));
    images.push(images[7]!, noisy(images[20]!, 1), noisy(images[33]!, 2));
    const { pairs, skipped } = await nearDuplicates(datasetOf(images));
    expect(pairs.map(({ first, second, isExact }) => [first, second, isExact])).toEqual([
      [7, 300, true],
      [20, 301, false],
      [33, 302, false],
    ]);
    expect(skipped).toBe(0);
  });

  it('too many that are alike are counted, not compared', async () => {
    const flat = Array.from({ length: 500 }, () => new Uint8Array(side * side).fill(9));
    const { pairs, skipped } = await nearDuplicates(datasetOf(flat));
    expect(pairs).toEqual([]);
    expect(skipped).toBeGreaterThan(0);
  });

  it('are found whatever was done to brightness, contrast and single pixels, and never between two of chance', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1000),
        fc.integer({ min: -20, max: 20 }),
        fc.double({ min: 0.8, max: 1, noNaN: true }),
        async (seed, brighter, contrast) => {
          const images = Array.from({ length: 80 }, (_, i) => blob(seed * 100 + i));
          const changed = noisy(
            images[11]!.map((value) => 128 + (value - 128) * contrast + brighter),
            seed,
            2,
          );
          const { pairs } = await nearDuplicates(datasetOf([...images, changed]));
          expect(pairs.map(({ first, second }) => [first, second])).toEqual([[11, 80]]);
        },
      ),
      { numRuns: 25, seed: 4 },
    );
  });
});

describe('the gallery', () => {
  const labels = [0, 0, 1, 1, 0, 1];
  const evaluation = {
    scored: of(
      [
        [0.9, 0.1],
        [0.2, 0.8],
        [0.7, 0.3],
        [0.1, 0.9],
        [0.05, 0.95],
        [0.2, 0.8],
      ],
      labels,
    ),
    dataset: datasetOf(
      labels.map((_, i) => blob(i)),
      labels,
    ),
  };
  const duplicates = { pairs: [{ first: 0, second: 3, correlation: 0.99, isExact: false }], skipped: 0 };

  it('has the mistakes, the most confident first, and flags them', () => {
    const { items, ...counts } = galleryOf(evaluation, duplicates);
    expect(items.map(({ image }) => image)).toEqual([4, 0, 3, 1, 2]);
    expect(items[0]).toMatchObject({ label: 0, predicted: 1, suggested: 1, twin: null });
    expect(items[1]).toMatchObject({ label: 0, predicted: 0, twin: 3, twinDiffers: true, suggested: null });
    expect(counts).toEqual({ mistakes: 3, labelErrors: 3, duplicates: 2, contradictions: 1 });
  });

  it('of more than fit takes some of each kind and class', () => {
    const { items, mistakes } = galleryOf(evaluation, duplicates, 4);
    expect([items.length, mistakes]).toEqual([4, 3]);
    expect(items.some(({ twin }) => twin !== null)).toBe(true);
  });

  it('gives a list to relabel', () => {
    expect(relabelCsv(evaluation).split('\n').slice(0, 2)).toEqual([
      'image,label,was,probability',
      'blobs #4,class 1,class 0,0.9500',
    ]);
  });
});
