import fc from 'fast-check';
import { mixBatch } from 'onward/train';
import { describe, expect, it } from 'vitest';

const shape = [10, 8, 3] as const;
const size = 240;
/** Image i is of the value 10 i everywhere. */
const flat = (count: number) => Uint8Array.from({ length: count * size }, (_, at) => 10 * Math.floor(at / size));

describe('mixup', () => {
  it('lays each image over its partner, by the share, rounded', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.nat(), (count, seed) => {
        const images = flat(count);
        const { partners, share } = mixBatch(images, count, shape, { mixup: 0.4, cutmix: 0 }, seed)!;
        expect(share).toBeGreaterThanOrEqual(0.5);
        expect(share).toBeLessThanOrEqual(1);
        expect([...partners].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
        for (const [i, partner] of partners.entries()) {
          const wanted = 10 * (i * share + partner * (1 - share));
          for (const value of images.subarray(i * size, (i + 1) * size)) {
            expect(Math.abs(value - wanted)).toBeLessThanOrEqual(0.5 + 1e-9);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('cutmix', () => {
  it("puts one box of the partner's pixels into each image, and the share is what is left", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.nat(), (count, seed) => {
        const images = flat(count);
        const { partners, share } = mixBatch(images, count, shape, { mixup: 0, cutmix: 1 }, seed)!;
        for (const [i, partner] of partners.entries()) {
          const own = images.subarray(i * size, (i + 1) * size);
          if (partner === i) continue;
          const boxed = [...own.keys()].filter((at) => own[at] === 10 * partner);
          expect(own.filter((value) => value === 10 * i).length + boxed.length).toBe(size);
          expect(1 - boxed.length / size).toBeCloseTo(share, 9);
          const rows = new Set(boxed.map((at) => Math.floor(at / 24)));
          const columns = new Set(boxed.map((at) => Math.floor((at % 24) / 3)));
          expect(rows.size * columns.size * 3).toBe(boxed.length);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('both', () => {
  it('take turns, and the seed says when', () => {
    const mixes = Array.from({ length: 40 }, (_, seed) => {
      const images = flat(4);
      const mixed = mixBatch(images, 4, shape, { mixup: 1, cutmix: 1 }, seed);
      const again = flat(4);
      expect(mixBatch(again, 4, shape, { mixup: 1, cutmix: 1 }, seed)).toEqual(mixed);
      expect(again).toEqual(images);
      return images.every((value) => value % 10 === 0) ? 'cutmix' : 'mixup';
    });
    expect(mixes.filter((kind) => kind === 'mixup').length).toBeGreaterThan(10);
    expect(mixes.filter((kind) => kind === 'cutmix').length).toBeGreaterThan(10);
  });

  it('leave a batch of one, and one that is not to be mixed', () => {
    const [one, four] = [flat(1), flat(4)];
    expect(mixBatch(one, 1, shape, { mixup: 1, cutmix: 1 }, 1)).toBeUndefined();
    expect(mixBatch(four, 4, shape, { mixup: 0, cutmix: 0 }, 1)).toBeUndefined();
    expect(four).toEqual(flat(4));
  });

  it('take any alpha above 0', () => {
    for (const alpha of [1e-9, 1e-3, 50]) {
      const { share } = mixBatch(flat(4), 4, shape, { mixup: alpha, cutmix: 0 }, 1)!;
      expect(share).toBeGreaterThanOrEqual(0.5);
      expect(share).toBeLessThanOrEqual(1);
    }
  });
});
