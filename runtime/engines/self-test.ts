import type { GoldenSamples } from '../model/index.js';
import type { SelfTest, Session } from './engine.js';

/** Few enough for a small device with large images, enough for a GPU. */
const batch = 64;

/** A slow device takes this many: the samples with the smallest margins stand first. */
const batchWhereSlow = 16;

/**
 * |Δp| at its largest, and in which row. A number that is not one is as far as can be: a comparison with NaN is false, so
 * the largest of differences alone would call it equal.
 */
export function maxAbsDiff(
  actual: Float32Array,
  expected: Float32Array,
  classes: number,
): { maxAbsDiff: number; worst: number } {
  let largest = -1;
  let at = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    const finite = Number.isFinite(difference) ? difference : Infinity;
    if (finite > largest) {
      largest = finite;
      at = i;
    }
  }
  return { maxAbsDiff: Math.max(largest, 0), worst: Math.floor(at / classes) };
}

/** Lets a session predict the golden samples of its model. */
export async function selfTest(session: Session, golden: GoldenSamples, tolerance: number): Promise<SelfTest> {
  const classes = session.model.labels.length;
  const images = session.slow ? Math.min(golden.count, batchWhereSlow) : golden.count;
  const size = golden.images.length / golden.count;
  const probabilities = new Float32Array(images * classes);
  const step = session.slow ? batchWhereSlow : batch;
  for (let from = 0; from < images; from += step) {
    const to = Math.min(from + step, images);
    const part = await session.predict(golden.images.subarray(from * size, to * size), to - from);
    probabilities.set(part, from * classes);
  }
  const difference = maxAbsDiff(probabilities, golden.probabilities.subarray(0, images * classes), classes);
  return { images, ...difference, tolerance, passed: difference.maxAbsDiff <= tolerance };
}
