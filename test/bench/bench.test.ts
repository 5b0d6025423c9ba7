import { readdir } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { benchmarks } from '#onward/bench/index.js';
import { columns, resultText } from '#onward/bench/print.js';
import { measure } from '#onward/bench/rounds.js';
import { runBenchmark } from '#onward/bench/run.js';
import { ratioText, spread, spreadText, timesAsFast, verdictBelow, verdictOf } from '#onward/bench/statistics.js';

const times = fc.double({ min: 0.001, max: 1e6, noNaN: true });

describe('spread', () => {
  it.each([
    [[3], { min: 3, median: 3, max: 3 }],
    [[10, 9, 100], { min: 9, median: 10, max: 100 }],
    [[4, 1, 2, 100], { min: 1, median: 3, max: 100 }],
  ])('of %j', (values, expected) => {
    expect(spread(values)).toEqual(expected);
  });

  it('has as many values below its median as above, whatever their order', () => {
    fc.assert(
      fc.property(fc.array(times, { minLength: 1 }), (values) => {
        const { min, median, max } = spread(values);
        const below = values.filter((value) => value < median).length;
        const above = values.filter((value) => value > median).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
        expect([min, max]).toEqual([Math.min(...values), Math.max(...values)]);
        expect(spread(values.toReversed())).toEqual({ min, median, max });
      }),
    );
  });
});

describe('timesAsFast', () => {
  it('is above 1 where the other takes longer, by medians and by rounds', () => {
    // Ours: 1, 2, 4; the other 3, 3, 6. Round by round 3, 1.5 and 1.5 times as long.
    expect(timesAsFast([1, 2, 4], [3, 3, 6])).toMatchObject({ medians: 1.5, min: 1.5, max: 3 });
    expect(timesAsFast([2, 2], [1, 1])).toMatchObject({ medians: 0.5, min: 0.5, max: 0.5 });
    // One round of five that went wrong on either side does not move the middle half.
    const ones = [1, 1, 1, 1, 1];
    expect(timesAsFast(ones, [1.2, 9, 1.1, 0.1, 1.3])).toMatchObject({ min: 0.1, max: 9, lower: 1.1, upper: 1.3 });
  });
});

describe('a verdict', () => {
  it('is unclear where the middle half of the rounds lies on both sides of what was wanted', () => {
    const ratio = timesAsFast([1, 1, 1, 1, 1], [1.2, 9, 1.1, 0.1, 1.3]);
    expect(ratioText(ratio)).toBe('1.20 (half of the rounds 1.10-1.30)');
    expect([1, 1.1, 1.15, 1.25, 1.3, 2].map((wanted) => verdictOf(ratio, wanted))).toEqual([
      ...['met', 'met', 'unclear', 'unclear', 'missed', 'missed'],
    ]);
  });

  it('on a limit asks all rounds', () => {
    const took = spread([3, 1, 2]);
    expect(spreadText(took, 'ms', 1)).toBe('2.0 ms (1.0-3.0)');
    expect([0.5, 1, 2, 3, 3.1].map((limit) => verdictBelow(took, limit))).toEqual([
      ...['missed', 'missed', 'unclear', 'unclear', 'met'],
    ]);
  });
});

describe('measure', () => {
  /** Takes the next of these times at each run, and says in `order` that it ran. */
  const fake = (name: string, order: string[], samples: readonly number[]) => {
    const left = [...samples];
    const run = () => {
      order.push(name);
      return Promise.resolve(left.shift());
    };
    return { name, run, timesItself: true };
  };

  it('gives each contestant one turn a round, the one who begins moving on', async () => {
    const order: string[] = [];
    const contestants = [fake('a', order, [9, 1, 2, 3]), fake('b', order, [8, 4, 5, 6])];
    const { contestants: samples } = await measure('two', { contestants }, 3);
    expect(order.join('')).toBe('ababbaab');
    expect(samples).toEqual([
      { name: 'a', isOther: false, first: 9, rounds: [1, 2, 3] },
      { name: 'b', isOther: true, first: 8, rounds: [4, 5, 6] },
    ]);
  });

  it('does short work so often for a sample as the quickest can, divides by that, and does more rounds', async () => {
    const a = fake('a', [], [90, 10, 14, 1, 2, 3, 4, 6, 8]);
    const b = fake('b', [], [80, 4, 6, 5, 5, 5, 9, 9, 9]);
    const { repeat, contestants } = await measure('two', { contestants: [a, b], sampleMs: 14, atLeast: 2 }, 1);
    // The quickest took 5 when warm.
    expect(repeat).toBe(3);
    expect(contestants).toMatchObject([
      { name: 'a', first: 90, rounds: [2, 6] },
      { name: 'b', first: 80, rounds: [5, 9] },
    ]);
  });

  it('takes the time of what does not time itself', async () => {
    const contestants = [{ name: 'a', run: () => setTimeout(5) }];
    const { contestants: samples } = await measure('one', { contestants }, 2);
    for (const time of samples[0]!.rounds) expect(time).toBeGreaterThan(3);
  });
});

describe('a benchmark', () => {
  it('is listed when it is in the folder, under a name of its own', async () => {
    const files = (await readdir(new URL('../../bench/benchmarks', import.meta.url))).filter((f) => f.endsWith('.ts'));
    expect(benchmarks.map(({ name }) => `${name}.ts`).sort()).toEqual(files.sort());
  });

  const benchmark = {
    name: 'fake',
    description: 'a fake',
    needs: [],
    run: async (bench: Parameters<(typeof benchmarks)[number]['run']>[0]) => {
      const contestants = [
        { name: 'ours', run: () => 10, timesItself: true },
        { name: 'ours too', run: () => 20, timesItself: true, ours: true },
        { name: 'theirs', run: () => 25, timesItself: true },
      ];
      await bench.contest('work', { contestants, images: 2 });
      bench.target({ what: 'work', wanted: 'much', got: 'little', verdict: 'missed' });
      bench.table({ title: 'Facts', columns: ['name', 'bytes'], rows: [['a', '12']] });
    },
  };
  const python = { reason: 'no pip here' };

  it('is measured and printed with the ratio to each other contestant', async () => {
    const lines: string[] = [];
    const result = await runBenchmark(benchmark, { rounds: 2, python, onProgress: (line) => lines.push(line) });
    expect(lines).toEqual(['fake: work: ours 10 ms, ours too 20 ms, theirs 25 ms (2.5x)']);
    expect(resultText(result)).toBe(
      [
        'fake: a fake',
        '',
        'work (2 rounds, ms)',
        '          cold ms  min  median  max  images/s  ours is  by round',
        'ours           10   10      10   10       200',
        'ours too       20   20      20   20       100',
        'theirs         25   25      25   25        80     2.5x   2.5-2.5',
        '',
        'Facts',
        'name  bytes',
        'a        12',
        '',
        'target  what  wanted  got',
        'MISSED  work  much    little',
      ].join('\n'),
    );
  });

  it('that needs Python is skipped, with the reason, where there is none', async () => {
    const result = await runBenchmark({ ...benchmark, needs: ['python'] }, { rounds: 1, python });
    expect(result).toMatchObject({ skipped: 'no pip here', contests: [] });
    expect(resultText(result)).toContain('skipped: no pip here');
  });

  it('that fails says so, beside what it had measured', async () => {
    const run = async (bench: Parameters<typeof benchmark.run>[0]) => {
      await benchmark.run(bench);
      throw new Error('out of luck');
    };
    const result = await runBenchmark({ ...benchmark, run }, { rounds: 1, python });
    expect(result).toMatchObject({ failed: 'out of luck', contests: [{ name: 'work' }] });
  });
});

describe('columns', () => {
  it('stand below their heads, words left and numbers right', () => {
    expect(
      columns(
        ['name', 'ms'],
        [
          ['a', '1'],
          ['long name', '10.5'],
        ],
      ),
    ).toBe('name         ms\na             1\nlong name  10.5');
  });
});
