import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { random } from 'onward/common';
import { exactNeighbours, exactVote, isNearTie } from 'onward/evaluate';
import { indexVectors, type Metric, neighboursGraph } from 'onward/export';
import { describe, expect, it } from 'vitest';
import { inPython, skipsPython } from '../export/python.js';

interface Case {
  readonly metric: Metric;
  readonly weights: 'uniform' | 'distance';
  readonly width: number;
  readonly k: number;
  readonly classes: number;
  readonly vectors: Float32Array;
  readonly queries: Float32Array;
  readonly labels: number[];
}

/** Vectors as a network gives them: many zeros, a few directions, far from the origin by `away`. */
function vectorsOf(seed: string, count: number, width: number, away = 0): Float32Array {
  const stream = random('vectors', seed);
  return Float32Array.from({ length: count * width }, () => away + Math.max(0, stream.between(-1, 1)));
}

const caseOf = (given: Partial<Case> & { count?: number; asked?: number; away?: number }): Case => {
  const { count = 300, asked = 60, away = 0, width = 24, classes = 5, ...rest } = given;
  const stream = random('labels', count);
  return {
    ...{ metric: 'euclidean', weights: 'uniform', k: 7, width, classes },
    vectors: vectorsOf('index', count, width, away),
    queries: vectorsOf('queries', asked, width, away),
    labels: Array.from({ length: count }, () => stream.below(classes)),
    ...rest,
  };
};

/** What the graph gives. */
async function graph({ vectors, queries, labels, width, k, metric, weights, classes }: Case) {
  const index = indexVectors(vectors.slice(), width, metric);
  const session = await InferenceSession.create(neighboursGraph(index, k, { labels, classes, weights }), {
    logSeverityLevel: 4,
  });
  const found = await session.run({
    embedding: new Tensor('float32', queries, [queries.length / width, width]),
  });
  await session.release();
  return {
    probabilities: found.probabilities!.data as Float32Array,
    distances: found.distances!.data as Float32Array,
    rows: Array.from(found.neighbours!.data as BigInt64Array, Number),
    next: found.next_distance?.data as Float32Array | undefined,
  };
}

/** The same in float64, by the differences of the vectors as they were given. */
function exact({ vectors, queries, labels, width, k, metric, weights, classes }: Case) {
  const count = vectors.length / width;
  const none = { centre: new Float32Array(width), matrix: vectors, zeros: undefined };
  return Array.from({ length: queries.length / width }, (_, i) => {
    const query = queries.subarray(i * width, (i + 1) * width);
    if (metric === 'euclidean') {
      const found = exactNeighbours({ metric, width, count, ...none }, query, k + 1);
      return { ...found, votes: exactVote(found, labels, { classes, k, weights }) };
    }
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((s, x, j) => s + x * b[j]!, 0);
    const length = (a: Float32Array) => Math.sqrt(dot(a, a)) || 1;
    const all = Array.from({ length: count }, (_, row) => {
      const other = vectors.subarray(row * width, (row + 1) * width);
      return { row, far: Math.max(0, 1 - dot(query, other) / length(query) / length(other)) };
    }).sort((a, b) => a.far - b.far || a.row - b.row);
    const found = {
      rows: all.slice(0, k + 1).map(({ row }) => row),
      distances: all.slice(0, k + 1).map(({ far }) => far),
    };
    return { ...found, votes: exactVote(found, labels, { classes, k, weights }) };
  });
}

const close = (a: number, b: number, tolerance: number) => Math.abs(a - b) <= tolerance;

/** Distances everywhere, and votes wherever rounding cannot decide who has the last one. */
function compare(given: Case, found: Awaited<ReturnType<typeof graph>>, tolerance = 2e-6) {
  const { k, classes } = given;
  let ties = 0;
  for (const [i, { distances, votes }] of exact(given).entries()) {
    for (let j = 0; j < k; j++) {
      const [got, wanted] = [found.distances[i * k + j]!, distances[j]!];
      if (!close(got, wanted, tolerance * Math.max(1, wanted)))
        throw new Error(`query ${i}, neighbour ${j}: ${got}, expected ${wanted}`);
    }
    const next = distances[k];
    if (next !== undefined && (isNearTie(distances[k - 1]!, next) || next - distances[k - 1]! < tolerance)) {
      ties++;
      continue;
    }
    const rows = found.probabilities.subarray(i * classes, (i + 1) * classes);
    for (let c = 0; c < classes; c++) {
      if (!close(rows[c]!, votes[c]!, given.weights === 'uniform' ? 1e-6 : 1e-4))
        throw new Error(`query ${i}: ${rows}, expected ${votes}`);
    }
  }
  return ties;
}

describe('neighbours as a graph', () => {
  it.each([
    { metric: 'euclidean', weights: 'uniform' },
    { metric: 'euclidean', weights: 'distance' },
    { metric: 'cosine', weights: 'uniform' },
    { metric: 'cosine', weights: 'distance' },
  ] as const)('$metric, $weights: as in float64', async (given) => {
    const one = caseOf(given);
    expect(compare(one, await graph(one))).toBeLessThan(3);
  });

  it('keeps its digits where vectors are far from the origin and near each other', async () => {
    // |a|² is 24 million there and the distances are about 2: in float32 no digit of them would be left.
    const one = caseOf({ away: 1000 });
    compare(one, await graph(one), 1e-4);
  });

  it('any sizes, with vectors twice and vectors of zeros', async () => {
    const sizes = fc.record({
      ...{ count: fc.integer({ min: 2, max: 60 }), asked: fc.integer({ min: 1, max: 8 }) },
      ...{ width: fc.integer({ min: 1, max: 9 }), classes: fc.integer({ min: 2, max: 4 }) },
      ...{ k: fc.integer({ min: 1, max: 60 }), twice: fc.boolean(), zeros: fc.boolean() },
      metric: fc.constantFrom('euclidean' as const, 'cosine' as const),
      weights: fc.constantFrom('uniform' as const, 'distance' as const),
    });
    await fc.assert(
      fc.asyncProperty(sizes, async ({ k, twice, zeros, ...rest }) => {
        const one = caseOf({ ...rest, k: Math.min(k, rest.count) });
        if (zeros) {
          one.vectors.fill(0, 0, one.width);
          one.queries.fill(0, 0, one.width);
        }
        if (twice) one.vectors.copyWithin(one.width, 0, one.width);
        const found = await graph(one);
        compare(
          { ...one, weights: 'uniform' },
          one.weights === 'uniform' ? found : await graph({ ...one, weights: 'uniform' }),
        );
        for (let i = 0; i < one.queries.length / one.width; i++) {
          const row = found.probabilities.subarray(i * one.classes, (i + 1) * one.classes);
          expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
        }
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('equal votes go to the first class; a neighbour at no distance has all the weight', async () => {
    const vectors = Float32Array.of(1, 2, 3, 4);
    const base = { width: 1, vectors, labels: [2, 1, 0, 1], classes: 3, k: 2 };
    const tie = await graph(caseOf({ ...base, queries: Float32Array.of(1.4) }));
    expect([...tie.probabilities]).toEqual([0, 0.5, 0.5]);
    const sure = await graph(caseOf({ ...base, queries: Float32Array.of(1), weights: 'distance' }));
    expect([...sure.probabilities]).toEqual([0, 0, 1]);
  });

  it.skipIf(skipsPython)('labels, probabilities and distances are those of scikit-learn', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onward-knn-'));
    try {
      const cases = (['euclidean', 'cosine'] as const).flatMap((metric) =>
        (['uniform', 'distance'] as const).map((weights) =>
          caseOf({ metric, weights, count: 2000, asked: 400, width: 64, k: 15, classes: 10 }),
        ),
      );
      const described = await Promise.all(
        cases.map(async ({ vectors, queries, ...rest }, i) => {
          const [index, asked] = [join(folder, `index${i}`), join(folder, `queries${i}`)];
          await writeFile(index, vectors);
          await writeFile(asked, queries);
          return { ...rest, index, queries: asked };
        }),
      );
      await writeFile(join(folder, 'cases.json'), JSON.stringify(described));
      const theirs = JSON.parse(await inPython('test/evaluate/neighbours.py', join(folder, 'cases.json')));
      for (const [at, one] of cases.entries()) {
        const found = await graph(one);
        const { predicted, probabilities, distances } = theirs[at];
        let excused = 0;
        for (let i = 0; i < 400; i++) {
          const row = found.probabilities.subarray(i * 10, (i + 1) * 10);
          expect(
            Math.max(...Array.from({ length: 15 }, (_, j) => Math.abs(found.distances[i * 15 + j]! - distances[i][j]))),
          ).toBeLessThan(3e-6);
          if (isNearTie(distances[i][14], distances[i][15])) {
            excused++;
            continue;
          }
          expect(row.indexOf(Math.max(...row)), `case ${at}, query ${i}`).toBe(predicted[i]);
          expect(Math.max(...row.map((p, c) => Math.abs(p - probabilities[i][c])))).toBeLessThan(1e-5);
        }
        expect(excused).toBeLessThan(4);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
