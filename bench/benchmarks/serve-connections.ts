import type { Benchmark } from '../benchmark.js';
import type { BodyKind } from '../serve/bodies.js';
import { connectionsSvg } from '../serve/connections-svg.js';
import { withContestants } from '../serve/contestants.js';
import { type Loaded, loadGenerator } from '../serve/load.js';
import { spread } from '../statistics.js';

const counts = [1, 2, 4, 8, 16, 32, 64, 128];
/** Of one turn. */
const seconds = Number(process.env.ONWARD_BENCH_SECONDS ?? 3);

/** How throughput and the slowest answers go with the number of connections. */
export const serveConnectionsBenchmark: Benchmark = {
  name: 'serve-connections',
  description: 'requests a second and p99 with 1 to 128 connections beside FastAPI; draws them',
  needs: ['python'],
  run: (bench) =>
    withContestants(bench, async ({ floats, fastapi, about }) => {
      const generator = await loadGenerator(bench.folder);
      const servers = [
        { name: 'onward, JSON', port: floats, kind: 'json' },
        { name: 'onward, binary', port: floats, kind: 'binary' },
        { name: 'FastAPI, JSON', port: fastapi, kind: 'json' },
      ] as const satisfies readonly { name: string; port: number; kind: BodyKind }[];
      const lines = servers.map(({ name }) => ({
        name,
        points: [] as { connections: number; perSecond: number; p99: number }[],
      }));
      for (const connections of counts) {
        const said = servers.map((): Loaded[] => []);
        await bench.contest(`${connections} connections: milliseconds a request`, {
          contestants: servers.map(({ name, port, kind }, i) => ({
            name,
            ours: i < 2,
            timesItself: true,
            run: async () => {
              const loaded = await generator.load({ port, kind, connections, seconds });
              said[i]!.push(loaded);
              return 1000 / loaded.perSecond;
            },
          })),
        });
        for (const [i, all] of said.entries()) {
          // The first was cold.
          const middle = (key: keyof Loaded) => spread(all.slice(1).map((one) => one[key])).median;
          lines[i]!.points.push({ connections, perSecond: middle('perSecond'), p99: middle('p99') });
        }
      }
      bench.table({
        title: 'Medians of the rounds: requests a second (p99 in ms)',
        columns: ['connections', ...servers.map(({ name }) => name)],
        rows: counts.map((connections, at) => [
          String(connections),
          ...lines.map(({ points }) => `${points[at]!.perSecond.toFixed(0)} (${points[at]!.p99.toFixed(1)})`),
        ]),
      });
      await bench.picture('serve-connections.svg', connectionsSvg(lines));
      bench.note(about);
      bench.note(generator.about);
    }),
};
