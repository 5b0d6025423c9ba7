import fc from 'fast-check';
import { compare } from 'onward/evaluate';
import { describe, expect, it } from 'vitest';

const rows = (...values: number[][]) => Float32Array.from(values.flat());

describe('compare', () => {
  it('measures the largest and the mean difference', () => {
    const result = compare(rows([0.5, 0.5], [0.25, 0.75]), rows([0.5, 0.5], [0.5, 0.5]), 2, 0.01);
    expect(result).toMatchObject({ images: 2, maxAbsDiff: 0.25, meanAbsDiff: 0.125 });
  });

  it('calls an image flipped only when it is no near-tie', () => {
    const reference = rows([0.501, 0.499], [0.6, 0.4]);
    const got = rows([0.499, 0.501], [0.4, 0.6]);
    expect(compare(reference, got, 2, 0.01)).toMatchObject({ nearTies: 1, flips: 1, top1Agreement: 0 });
    expect(compare(reference, reference, 2, 0.01)).toMatchObject({ nearTies: 1, flips: 0, top1Agreement: 1 });
  });

  it('never takes what is not a number for equal', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(compare(rows([0.5, 0.5]), rows([bad, 0.5]), 2, 0.1).maxAbsDiff).toBe(Number.POSITIVE_INFINITY);
      expect(compare(rows([0.5, 0.5]), rows([bad, 0.5]), 2, 0.1).meanAbsDiff).toBe(Number.POSITIVE_INFINITY);
    }
    // Also when it comes before a number that is fine.
    expect(compare(rows([0, 1], [0, 1]), rows([Number.NaN, 1], [0, 1]), 2, 0.1).maxAbsDiff).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  it('compares as many images as there are, when an engine got fewer', () => {
    expect(compare(rows([1, 0], [0, 1], [1, 0]), rows([1, 0]), 2, 0.1)).toMatchObject({ images: 1, top1Agreement: 1 });
  });

  it('finds nothing between a table and itself, and everything that was added to it', () => {
    const table = fc.array(
      fc.tuple(fc.float({ min: 0, max: 1, noNaN: true }), fc.float({ min: 0, max: 1, noNaN: true })),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(table, fc.nat(), (values, pick) => {
        const reference = rows(...values);
        expect(compare(reference, reference, 2, 1e-5)).toMatchObject({ maxAbsDiff: 0, meanAbsDiff: 0, flips: 0 });
        const other = reference.slice();
        const at = pick % other.length;
        other[at] = other[at]! + 0.25;
        expect(compare(reference, other, 2, 1e-5).maxAbsDiff).toBeCloseTo(0.25, 5);
      }),
    );
  });
});
