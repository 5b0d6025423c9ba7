import fc from 'fast-check';
import { concat, type Dataset, splitDataset, subset } from 'onward/data';
import { describe, expect, it } from 'vitest';

/** What every dataset must do, wherever its images lie. */
export function datasetContract(title: string, make: () => Promise<Dataset> | Dataset): void {
  let made: Promise<Dataset> | Dataset | undefined;
  const open = () => {
    made ??= make();
    return made;
  };
  describe(`${title} is a dataset`, () => {
    it('agrees with itself about lengths, shape and classes', async () => {
      const dataset = await open();
      const { spec } = dataset;
      expect(dataset.length).toBeGreaterThan(0);
      expect(dataset.labels).toHaveLength(dataset.length);
      expect(dataset.groups).toHaveLength(dataset.length);
      expect(dataset.shape).toEqual([spec.height, spec.width, spec.channels]);
      expect(dataset.classes.length).toBeGreaterThanOrEqual(2);
      expect(new Set(dataset.classes).size).toBe(dataset.classes.length);
      expect(dataset.labels.every((label) => label < dataset.classes.length)).toBe(true);
      expect(dataset.origin(0)).not.toBe('');
    });

    it('gives batches in the order asked for, with repetitions', async () => {
      const dataset = await open();
      const size = dataset.shape[0] * dataset.shape[1] * dataset.shape[2];
      const one = async (index: number) => [...(await dataset.batch([index]))];
      const last = dataset.length - 1;
      const batch = await dataset.batch([last, 0, last]);
      expect(batch).toBeInstanceOf(Uint8Array);
      expect(batch).toHaveLength(3 * size);
      expect([...batch]).toEqual([...(await one(last)), ...(await one(0)), ...(await one(last))]);
      expect(await dataset.batch(Uint32Array.of(0))).toEqual(await dataset.batch([0]));
      expect(await dataset.batch([])).toHaveLength(0);
    });

    it('hands out copies', async () => {
      const dataset = await open();
      const first = await dataset.batch([0]);
      const before = first.slice();
      first.fill(123);
      expect(await dataset.batch([0])).toEqual(before);
    });

    it('shows images that lie side by side as a batch gives them', async () => {
      const dataset = await open();
      if (!dataset.view) return;
      const count = Math.min(3, dataset.length);
      const numbers = Array.from({ length: count }, (_, i) => i);
      const some = subset(dataset, numbers);
      const bytes = await dataset.batch(numbers);
      // Parts of a source need not be side by side in it.
      expect(dataset.view(0, count) ?? bytes).toEqual(bytes);
      expect(some.view!(1, count - 1) ?? (await some.batch(numbers.slice(0, -1).map((i) => i + 1)))).toEqual(
        bytes.subarray(bytes.length / count),
      );
      expect(subset(dataset, numbers.toReversed()).view!(0, count)).toBeUndefined();
      for (const [start, length] of [
        [-1, 1],
        [0, dataset.length + 1],
        [0.5, 1],
      ] as const) {
        expect(() => dataset.view!(start, length)).toThrow(RangeError);
      }
    });

    it('refuses numbers of images that are not there', async () => {
      const dataset = await open();
      for (const index of [-1, dataset.length, 0.5, Number.NaN]) {
        await expect(dataset.batch([index])).rejects.toThrow(RangeError);
        expect(() => dataset.origin(index)).toThrow(RangeError);
        expect(() => dataset.fingerprint(index)).toThrow(RangeError);
      }
    });

    it('has a digest of classes, labels and content, whatever the order', async () => {
      const dataset = await open();
      expect(dataset.digest).toMatch(/^[0-9a-f]{64}$/);
      const all = Array.from({ length: dataset.length }, (_, i) => i);
      expect(subset(dataset, all.toReversed()).digest).toBe(dataset.digest);
      expect(subset(dataset, all.slice(1)).digest).not.toBe(dataset.digest);
      expect(subset(dataset, [...all, 0]).digest).not.toBe(dataset.digest);
      const parts = [subset(dataset, all.slice(0, 3)), subset(dataset, all.slice(3))];
      expect(concat(parts).digest).toBe(dataset.digest);
    });

    it('has one fingerprint for one content', async () => {
      const dataset = await open();
      expect(dataset.fingerprint(0)).toMatch(/^[0-9a-f]{64}$/);
      expect(subset(dataset, [1, 0]).fingerprint(1)).toBe(dataset.fingerprint(0));
    });

    it('splits into parts that are disjoint, complete, and the same for a seed', async () => {
      const dataset = await open();
      await fc.assert(
        fc.asyncProperty(fc.integer(), async (seed) => {
          const shares = { seed, val: 0.25, test: 0.25 };
          const split = splitDataset({ train: dataset }, shares);
          const again = splitDataset({ train: dataset }, shares);
          const parts = [split.train, split.val, split.test];
          expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(dataset.length);
          const origins = (part: Dataset) => Array.from({ length: part.length }, (_, i) => part.origin(i));
          expect(new Set(parts.flatMap(origins)).size).toBe(dataset.length);
          expect(origins(again.val)).toEqual(origins(split.val));
          expect(origins(again.test)).toEqual(origins(split.test));
          const sides = parts.map((part) => new Set(part.groups));
          const groups = sides.flatMap((side) => [...side]);
          expect(new Set(groups).size).toBe(groups.length);
        }),
        { numRuns: dataset.length > 1000 ? 2 : 20 },
      );
    });
  });
}
