import fc from 'fast-check';
import { warmupCosine } from 'onward/train';
import { expect, it } from 'vitest';

it('rises to its peak while warming up, then falls along half a cosine to zero', () => {
  const rate = warmupCosine({ peak: 0.01, warmup: 0.1 });
  expect(rate(0)).toBeGreaterThan(0);
  expect(rate(0.05)).toBeCloseTo(0.005, 10);
  expect(rate(0.1)).toBeCloseTo(0.01, 10);
  expect(rate(0.55)).toBeCloseTo(0.005, 10);
  expect(rate(1)).toBeCloseTo(0, 10);
});

it('is never negative and never above its peak', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(share, fc.double({ min: 0, max: 0.9, noNaN: true }), (progress, warmup) => {
      const rate = warmupCosine({ peak: 1, warmup })(progress);
      expect(rate).toBeGreaterThanOrEqual(0);
      expect(rate).toBeLessThanOrEqual(1);
    }),
  );
});
