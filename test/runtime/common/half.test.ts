import fc from 'fast-check';
import { fromHalf, toHalf } from 'onward/common';
import { expect, test } from 'vitest';

/** ONNX Runtime's tests have no halves to compare with in Node 20: numpy's, by hand, are these. */
test.each([
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [65519.996, 0x7bff],
  [65520, 0x7c00],
  [1e9, 0x7c00],
  [Infinity, 0x7c00],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [2 ** -25 * 1.5, 0x0001],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [0.333251953125, 0x3555],
])('%f is %i', (value, bits) => {
  expect(toHalf(value)).toBe(bits);
});

test('every half there and back is itself, and the nearest to what lies near it', () => {
  for (let bits = 0; bits < 0x7c00; bits++) {
    const value = fromHalf(bits);
    expect(toHalf(value)).toBe(bits);
    expect(fromHalf(bits | 0x8000)).toBe(-value);
  }
  expect(fromHalf(0x7e00)).toBeNaN();
  expect(fromHalf(toHalf(Number.NaN))).toBeNaN();
  fc.assert(
    fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (value) => {
      const bits = toHalf(value);
      const off = Math.abs(fromHalf(bits) - value);
      for (const near of [bits - 1, bits + 1]) {
        if (near < 0 || (near & 0x7c00) === 0x7c00) continue;
        expect(off).toBeLessThanOrEqual(Math.abs(fromHalf(near) - value));
      }
    }),
  );
});
