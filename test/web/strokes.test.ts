import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { intoSquare, lineWidth } from '#onward/web/draw/strokes.js';

const point = fc.record({
  x: fc.double({ min: 0, max: 1, noNaN: true }),
  y: fc.double({ min: 0, max: 1, noNaN: true }),
});
const strokes = fc.array(fc.array(point, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 5 });

describe('intoSquare', () => {
  test('keeps all ink inside, its longer side 20/28', () => {
    fc.assert(
      fc.property(strokes, (drawn) => {
        const points = intoSquare(drawn).flat();
        const [xs, ys] = [points.map((p) => p.x), points.map((p) => p.y)];
        const half = lineWidth / 2 - 1e-9;
        for (const v of [...xs, ...ys]) {
          expect(v).toBeGreaterThanOrEqual(half);
          expect(v).toBeLessThanOrEqual(1 - half);
        }
        const longer = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
        expect(longer === 0 || Math.abs(longer + lineWidth - 20 / 28) < 1e-6).toBe(true);
      }),
    );
  });

  test('is the same for the same drawing, small or large, here or there', () => {
    const drawn = [
      [
        { x: 0.2, y: 0.2 },
        { x: 0.6, y: 0.3 },
        { x: 0.4, y: 0.8 },
      ],
    ];
    const small = drawn.map((stroke) => stroke.map(({ x, y }) => ({ x: x * 0.3 + 0.5, y: y * 0.3 + 0.1 })));
    for (const [i, p] of intoSquare(small)[0]!.entries()) {
      expect(p.x).toBeCloseTo(intoSquare(drawn)[0]![i]!.x, 9);
      expect(p.y).toBeCloseTo(intoSquare(drawn)[0]![i]!.y, 9);
    }
  });

  test('a dot stands in the middle, and nothing is nothing', () => {
    expect(intoSquare([[{ x: 0.1, y: 0.9 }]])).toEqual([[{ x: 0.5, y: 0.5 }]]);
    expect(intoSquare([])).toEqual([]);
  });
});
