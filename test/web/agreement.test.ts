import { expect, test } from 'vitest';
import { agreementOf } from '#onward/web/agreement.js';

test('agreement is the same class and the largest difference', () => {
  expect(agreementOf([0.2, 0.8], [0.25, 0.75])).toEqual({ sameLabel: true, maxAbsDiff: expect.closeTo(0.05) });
  expect(agreementOf([0.6, 0.4], [0.4, 0.6]).sameLabel).toBe(false);
  expect(agreementOf([1, 0], [1, 0, 0]).maxAbsDiff).toBe(Infinity);
});
