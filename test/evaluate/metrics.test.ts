import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { random } from 'onward/common';
import { computeMetrics, mcnemar, pairedDifference, rocCurve, scored, wilson } from 'onward/evaluate';
import { describe, expect, it } from 'vitest';
import { inPython, skipsPython } from '../export/python.js';

interface Case {
  readonly classes: number;
  readonly labels: number[];
  readonly probabilities: number[];
}

/**
 * Labelled probabilities as models give them: coarse ones (with ties), sure ones (0 and 1 among them), classes without an
 * image, all images of one class. Rows sum to one up to float32's rounding.
 */
const cases: fc.Arbitrary<Case> = fc
  .record({ classes: fc.integer({ min: 2, max: 12 }), images: fc.integer({ min: 1, max: 60 }) })
  .chain(({ classes, images }) =>
    fc.record({
      classes: fc.constant(classes),
      used: fc.integer({ min: 1, max: classes }),
      labels: fc.array(fc.nat(classes - 1), { minLength: images, maxLength: images }),
      levels: fc.constantFrom(1, 2, 4, 1000),
      scores: fc.array(fc.nat(1000), { minLength: images * classes, maxLength: images * classes }),
    }),
  )
  .map(({ classes, used, labels, levels, scores }) => {
    const rough = scores.map((score) => Math.floor((score * levels) / 1001) / levels);
    const sums = labels.map((_, i) => rough.slice(i * classes, (i + 1) * classes).reduce((a, b) => a + b, 0));
    const probabilities = rough.map((value, i) => {
      const sum = sums[Math.floor(i / classes)]!;
      return Math.fround(sum === 0 ? 1 / classes : value / sum);
    });
    return { classes, labels: labels.map((label) => label % used), probabilities };
  });

const metricsOf = ({ classes, labels, probabilities }: Case) =>
  computeMetrics(
    scored(
      Array.from({ length: classes }, (_, c) => `class ${c}`),
      Uint32Array.from(labels),
      Float32Array.from(probabilities),
    ),
  );

/** Every number of `got` is that of `expected`, within 1e-9. */
function expectClose(got: unknown, expected: unknown, where: string): void {
  const [a, b] = [[got].flat(3), [expected].flat(3)] as [number[], number[]];
  expect([where, a.length]).toEqual([where, b.length]);
  for (const [i, value] of b.entries()) {
    const far = value === null || a[i] === null ? (value === a[i] ? 0 : Infinity) : Math.abs(value - a[i]!);
    expect(far, `${where}: ${a[i]} where ${value} was expected`).toBeLessThanOrEqual(1e-9);
  }
}

describe.skipIf(skipsPython)('beside scikit-learn and scipy', () => {
  it('every metric is the same to 1e-9', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onward-metrics-'));
    try {
      const all = fc.sample(cases, { numRuns: 150, seed: 20 });
      const disagreements: [number, number][] = [
        [0, 0],
        [0, 1],
        [3, 3],
        [2, 9],
        [24, 1],
        [400, 340],
        [9000, 8800],
      ];
      const shares: [number, number][] = [
        [0, 1],
        [1, 1],
        [0, 40],
        [40, 40],
        [13, 40],
        [25_000, 26_032],
      ];
      await writeFile(join(folder, 'cases.json'), JSON.stringify({ cases: all, disagreements, shares }));
      const expected = JSON.parse(await inPython('test/evaluate/metrics.py', join(folder, 'cases.json')));
      let macros = 0;
      for (const [i, one] of all.entries()) {
        const got = metricsOf(one);
        const want = expected.cases[i];
        const close = (value: unknown, name: string) => expectClose(value, want[name], `case ${i}, ${name}`);
        close([got.accuracy.value, got.accuracy.low, got.accuracy.high], 'accuracy');
        if (one.classes > 2)
          close(
            got.topK.map(({ value }) => value),
            'topK',
          );
        close(got.logLoss, 'logLoss');
        close(got.brier, 'brier');
        close(
          got.perClass.map(({ precision, recall, f1, support }) => [precision ?? 0, recall ?? 0, f1 ?? 0, support]),
          'perClass',
        );
        const { macro, weighted } = got.averages;
        close([macro.precision, macro.recall, macro.f1], 'macro');
        close([weighted.precision, weighted.recall, weighted.f1], 'weighted');
        close(got.balancedAccuracy, 'balanced');
        close(got.kappa, 'kappa');
        close(got.matthews, 'matthews');
        close(got.rocAuc.classes, 'auc');
        close(got.confusion, 'confusion');
        const bins = got.calibration.bins.filter(({ images }) => images > 0);
        close([bins.map(({ accuracy }) => accuracy), bins.map(({ confidence }) => confidence)], 'bins');
        if (want.macroAuc === undefined) continue;
        macros++;
        close(got.rocAuc.macro, 'macroAuc');
      }
      expect(macros).toBeGreaterThan(10);
      expectClose(
        disagreements.map(([b, c]) => mcnemar(b, c)),
        expected.mcnemar,
        'mcnemar',
      );
      expectClose(
        shares.map(([k, n]) => wilson(k, n)),
        expected.wilson,
        'wilson',
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('metrics', () => {
  it('count what is confused, the most frequent first', () => {
    const labels = [0, 0, 0, 1, 1, 2];
    const predicted = [1, 1, 0, 1, 0, 0];
    const rows = predicted.flatMap((p) => [0, 1, 2].map((c) => (c === p ? 0.8 : 0.1)));
    const got = metricsOf({ classes: 3, labels, probabilities: rows });
    expect(got.confusion).toEqual([
      [1, 2, 0],
      [1, 1, 0],
      [1, 0, 0],
    ]);
    expect(got.confusedPairs.map(({ label, predicted, images }) => [label, predicted, images])).toEqual([
      ['class 0', 'class 1', 2],
      ['class 1', 'class 0', 1],
      ['class 2', 'class 0', 1],
    ]);
    expect(got.perClass[2]).toMatchObject({ precision: null, recall: 0 });
    expect(got.calibration.ece).toBeCloseTo(0.8 - 2 / 6, 6);
  });

  it('of equal probabilities take the first class', () => {
    const got = metricsOf({ classes: 2, labels: [0, 1], probabilities: [0.5, 0.5, 0.5, 0.5] });
    expect(got.confusion).toEqual([
      [1, 0],
      [1, 0],
    ]);
    expect(got.topK).toEqual([{ k: 1, value: 0.5 }]);
  });

  it('an area over many images is the share of the pairs that are in order, below zero and for equal ones too', () => {
    const numbers = random('areas', 1);
    const labels = Uint32Array.from({ length: 3000 }, () => numbers.below(2));
    // Quantised files round a little below 0; a coarse step makes ties.
    const p = Float32Array.from(labels, (label) => (numbers.below(1040) + 60 * label - 20) / 1000);
    const both = Float32Array.from({ length: labels.length * 2 }, (_, i) => (i % 2 ? 1 - p[i >> 1]! : p[i >> 1]!));
    const area = computeMetrics(scored(['a', 'b'], labels, both)).rocAuc.classes[0]!;
    let [above, pairs] = [0, 0];
    for (const [i, own] of p.entries()) {
      if (labels[i] !== 0) continue;
      for (const [j, other] of p.entries()) {
        if (labels[j] === 0) continue;
        pairs++;
        above += own > other ? 1 : own === other ? 0.5 : 0;
      }
    }
    expect(area).toBeCloseTo(above / pairs, 12);
  });

  it('a curve goes from nothing to everything and has the area that is said', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const all = scored(
          Array.from({ length: one.classes }, (_, c) => String(c)),
          Uint32Array.from(one.labels),
          Float32Array.from(one.probabilities),
        );
        const curve = rocCurve(all, 0, 1e9);
        const area = computeMetrics(all).rocAuc.classes[0]!;
        if (!curve) {
          expect(area).toBeNull();
          return;
        }
        expect([curve[0], curve.at(-1)]).toEqual([
          [0, 0],
          [1, 1],
        ]);
        const trapezoids = curve
          .slice(1)
          .reduce((sum, [x, y], i) => sum + ((x - curve[i]![0]) * (y + curve[i]![1])) / 2, 0);
        expect(trapezoids).toBeCloseTo(area, 9);
      }),
    );
  });
});

it('the interval of a gain holds the gain, and shrinks with more images', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.nat(50), fc.integer({ min: 101, max: 10_000 }), (b, c, n) => {
      const { gain, low, high } = pairedDifference(b, c, n);
      expect(gain).toBeCloseTo((c - b) / n, 12);
      expect(low).toBeLessThan(gain + 1e-9);
      expect(high).toBeGreaterThan(gain - 1e-9);
      const more = pairedDifference(b, c, n * 10);
      expect(more.high - more.low).toBeLessThan(high - low);
    }),
  );
  // By hand: b = 5.5, c = 15.5, n = 102: (10 ± 1.96 sqrt(21 - 100/102)) / 102.
  const { low, high } = pairedDifference(5, 15, 100);
  expect([low, high]).toEqual([expect.closeTo(0.01204, 4), expect.closeTo(0.18404, 4)]);
});
