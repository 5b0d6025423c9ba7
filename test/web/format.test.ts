import { expect, test } from 'vitest';
import { duration, percent } from '#onward/web/format.js';

test('percentages are never rounded to certainty', () => {
  expect([1, 0.99999, 0.9987, 0.051, 0.00001, 0].map(percent)).toEqual([
    '100.0 %',
    '> 99.99 %',
    '99.9 %',
    '5.10 %',
    '< 0.01 %',
    '0.00 %',
  ]);
  expect([0.53, 42.4, 2800].map(duration)).toEqual(['0.5 ms', '42 ms', '2.8 s']);
});
