import type { Bench, Benchmark } from '../benchmark.js';
import type { BodyKind } from '../serve/bodies.js';
import { type Contestants, withContestants } from '../serve/contestants.js';
import { type Loaded, type LoadGenerator, loadGenerator } from '../serve/load.js';
import { spread, timesAsFast } from '../statistics.js';

interface Case {
  readonly title: string;
  readonly connections: number;
  readonly ours: BodyKind;
  readonly theirs: BodyKind;
  /** How many times their requests a second ours is to have. */
  readonly wanted?: number;
}

const cases: readonly Case[] = [
  { title: 'JSON, 16 connections', connections: 16, ours: 'json', theirs: 'json', wanted: 4 },
  { title: 'JSON, 64 connections', connections: 64, ours: 'json', theirs: 'json', wanted: 4 },
  { title: 'binary against JSON, 16 connections', connections: 16, ours: 'binary', theirs: 'json', wanted: 6 },
  { title: 'PNG, 16 connections', connections: 16, ours: 'png', theirs: 'form', wanted: 3 },
  { title: 'PNG, 64 connections', connections: 64, ours: 'png', theirs: 'form', wanted: 3 },
  { title: 'JSON, 1 connection', connections: 1, ours: 'json', theirs: 'json' },
];

/** Of one turn. */
const seconds = Number(process.env.ONWARD_BENCH_SECONDS ?? 3);

async function compare(
  bench: Bench,
  { title, connections, ours, theirs, wanted }: Case,
  ports: Contestants,
  { load }: LoadGenerator,
): Promise<string[][]> {
  const said = { onward: [] as Loaded[], FastAPI: [] as Loaded[] };
  const contestant = (name: keyof typeof said, port: number, kind: BodyKind) => ({
    name,
    timesItself: true,
    run: async () => {
      const loaded = await load({ port, kind, connections, seconds });
      said[name].push(loaded);
      return 1000 / loaded.perSecond;
    },
  });
  const own = ours === 'png' ? ports.classifier : ports.floats;
  const { contestants } = await bench.contest(`${title}: milliseconds a request`, {
    contestants: [contestant('onward', own, ours), contestant('FastAPI', ports.fastapi, theirs)],
  });
  const { medians, lower, upper } = timesAsFast(contestants[0]!.rounds, contestants[1]!.rounds);
  const verdictOf = (least: number) =>
    lower < least && least < upper ? 'unclear' : medians >= least ? 'met' : 'missed';
  if (wanted !== undefined) {
    bench.target({
      what: `${title}: requests a second`,
      wanted: `at least ${wanted} times FastAPI's`,
      got: `${medians.toFixed(2)} (half of the rounds ${lower.toFixed(2)}-${upper.toFixed(2)})`,
      verdict: verdictOf(wanted),
    });
  }
  const middle = (name: keyof typeof said, key: keyof Loaded) =>
    spread(said[name].slice(1).map((one) => one[key])).median;
  const slow = connections === 1 ? 'average' : 'p99';
  const [a, b] = [middle('onward', slow), middle('FastAPI', slow)];
  bench.target({
    what: `${title}: ${slow} latency`,
    wanted: `below FastAPI's ${b.toFixed(2)} ms`,
    got: `${a.toFixed(2)} ms`,
    verdict: a < b ? 'met' : 'missed',
  });
  return (['onward', 'FastAPI'] as const).map((name) => [
    title,
    name,
    ...(['perSecond', 'average', 'p50', 'p99'] as const).map((key) =>
      middle(name, key).toFixed(key === 'perSecond' ? 0 : 2),
    ),
  ]);
}

/** Predictions over HTTP beside what most people write. */
export const serveBenchmark: Benchmark = {
  name: 'serve',
  description: 'requests a second and latency beside FastAPI with ONNX Runtime on one uvicorn worker, a small net',
  needs: ['python'],
  run: (bench) =>
    withContestants(bench, async (contestants) => {
      const generator = await loadGenerator(bench.folder);
      const rows: string[][] = [];
      for (const each of cases) rows.push(...(await compare(bench, each, contestants, generator)));
      bench.table({
        title: 'Medians of the rounds (latencies in ms)',
        columns: ['case', 'server', 'requests/s', 'average', 'p50', 'p99'],
        rows,
      });
      bench.note(contestants.about);
      bench.note(generator.about);
    }),
};
