import fc from 'fast-check';
import { naturalOrder } from 'onward/data';
import { expect, it } from 'vitest';

it('counts as people do', () => {
  const names = [
    'b',
    '10',
    'a10',
    '9',
    'a2',
    'B',
    'a02',
    'a',
    '01',
    '1',
    'img12b3',
    'img12b20',
    'é',
    '10000000000000000000001',
    '10000000000000000000000',
  ];
  expect(names.toSorted(naturalOrder)).toEqual([
    '1',
    '01',
    '9',
    '10',
    '10000000000000000000000',
    '10000000000000000000001',
    'B',
    'a',
    'a2',
    'a02',
    'a10',
    'b',
    'img12b3',
    'img12b20',
    'é',
  ]);
});

it('is an order: every list comes out the same however it went in', () => {
  const name = fc.string({ unit: fc.constantFrom('0', '1', '2', 'a', 'B', '-'), maxLength: 6 });
  fc.assert(
    fc.property(fc.uniqueArray(name), (names) => {
      const sorted = names.toSorted(naturalOrder);
      expect(names.toReversed().sort(naturalOrder)).toEqual(sorted);
      for (let i = 1; i < sorted.length; i++) expect(naturalOrder(sorted[i - 1]!, sorted[i]!)).toBeLessThan(0);
    }),
  );
});
