import type { Bench } from '../benchmark.js';
import { ratioText, spread, spreadText, timesAsFast, verdictBelow, verdictOf } from '../statistics.js';
import type { BodyKind } from './bodies.js';
import type { Contestants } from './contestants.js';
import { eventLoopDelay } from './event-loop.js';
import type { Loaded, LoadGenerator } from './load.js';

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
  { title: 'binary against JSON, 64 connections', connections: 64, ours: 'binary', theirs: 'json', wanted: 6 },
  { title: 'PNG, 16 connections', connections: 16, ours: 'png', theirs: 'form', wanted: 3 },
  { title: 'PNG, 64 connections', connections: 64, ours: 'png', theirs: 'form', wanted: 3 },
  { title: 'JSON, 1 connection', connections: 1, ours: 'json', theirs: 'json' },
];

/** The full load of a server: from here on more connections only wait. */
const full = 64;
/** Milliseconds that the event loop's delay is to stay below at full load. */
const longestDelay = 20;

const columns = ['perSecond', 'average', 'p50', 'p99'] as const satisfies readonly (keyof Loaded)[];

/** @returns a row of each server, with the event loop's delay last */
async function compare(
  bench: Bench,
  { title, connections, ours, theirs, wanted }: Case,
  ports: Contestants,
  { load }: LoadGenerator,
  seconds: number,
): Promise<string[][]> {
  const own = ours === 'png' ? ports.classifier : ports.floats;
  const said = { onward: [] as Loaded[], FastAPI: [] as Loaded[] };
  const delays: number[] = [];
  const contestant = (name: keyof typeof said, port: number, kind: BodyKind) => ({
    name,
    timesItself: true,
    run: async () => {
      // Reading begins a new measurement.
      if (name === 'onward') await eventLoopDelay(port);
      const loaded = await load({ port, kind, connections, seconds });
      if (name === 'onward') delays.push(await eventLoopDelay(port));
      said[name].push(loaded);
      return 1000 / loaded.perSecond;
    },
  });
  const { contestants } = await bench.contest(`${title}: milliseconds a request`, {
    contestants: [contestant('onward', own, ours), contestant('FastAPI', ports.fastapi, theirs)],
  });
  if (wanted !== undefined) {
    const ratio = timesAsFast(contestants[0]!.rounds, contestants[1]!.rounds);
    bench.target({
      what: `${title}: requests a second`,
      wanted: `at least ${wanted} times FastAPI's`,
      got: ratioText(ratio),
      verdict: verdictOf(ratio, wanted),
    });
  }
  // The first was cold.
  const middle = (name: keyof typeof said, key: keyof Loaded) =>
    spread(said[name].slice(1).map((one) => one[key])).median;
  const key = connections === 1 ? 'p50' : 'p99';
  const [a, b] = [middle('onward', key), middle('FastAPI', key)];
  bench.target({
    what: `${title}: ${key}`,
    wanted: `below FastAPI's ${b.toFixed(2)} ms`,
    got: `${a.toFixed(2)} ms`,
    verdict: a < b ? 'met' : 'missed',
  });
  const delay = spread(delays.slice(1));
  if (connections === full) {
    bench.target({
      what: `${title}: the event loop's delay, p99`,
      wanted: `below ${longestDelay} ms, 10 of them the clock's own step`,
      got: spreadText(delay, 'ms', 1),
      verdict: verdictBelow(delay, longestDelay),
    });
  }
  return (['onward', 'FastAPI'] as const).map((name) => [
    title,
    name,
    ...columns.map((each) => middle(name, each).toFixed(each === 'perSecond' ? 0 : 2)),
    name === 'onward' ? delay.median.toFixed(1) : '',
  ]);
}

/** Our servers of a small net beside FastAPI's, by body and by number of connections. */
export async function compareWithFastapi(
  bench: Bench,
  contestants: Contestants,
  generator: LoadGenerator,
  seconds: number,
): Promise<void> {
  const rows: string[][] = [];
  for (const each of cases) rows.push(...(await compare(bench, each, contestants, generator, seconds)));
  bench.table({
    title: 'Medians of the rounds (in ms but for the requests; the delay is that of the event loop, p99)',
    columns: ['case', 'server', 'requests/s', 'average', 'p50', 'p99', 'delay'],
    rows,
  });
  bench.note(contestants.about);
}
