import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Bench } from '../benchmark.js';
import { spread, spreadText, verdictBelow } from '../statistics.js';
import { type BenchRequest, bodiesOf } from './bodies.js';
import { type BenchServer, startFastapi, startOnward } from './servers.js';

/** Of ours: milliseconds, and MiB. */
const wanted = { start: 1000, resident: 160 };

const [png, form] = [bodiesOf('png', 1)[0]!, bodiesOf('form', 1)[0]!];

/** uvicorn has its port some time before it takes connections there. */
async function firstAnswer(port: number, { path, body, ...init }: BenchRequest): Promise<Response> {
  for (let left = 1000; ; left--) {
    try {
      return await fetch(`http://127.0.0.1:${port}${path}`, { ...init, body: new Uint8Array(body) });
    } catch (error) {
      if (left === 0) throw error;
      await setTimeout(5);
    }
  }
}

/** How long each server takes from its process' start to its first answer, and what it holds in memory then. */
export async function compareStarts(bench: Bench, fastapi: string): Promise<void> {
  // Written and measured before: as the second start of a server is.
  const [floats, classifier] = [join(bench.folder, 'floats.onnx'), join(bench.folder, 'classifier.onnx')];
  const contestant = (name: string, start: () => Promise<BenchServer>, request: BenchRequest) => {
    const resident: number[] = [];
    const run = async () => {
      const began = performance.now();
      const server = await start();
      try {
        const answer = await firstAnswer(server.port, request);
        const took = performance.now() - began;
        if (!answer.ok) throw new Error(`${name} answered ${answer.status}: ${await answer.text()}`);
        resident.push(server.resident() ?? Number.NaN);
        return took;
      } finally {
        await server.close();
      }
    };
    return { name, timesItself: true, run, resident };
  };
  const both = [
    contestant('onward', () => startOnward(classifier, `${classifier}.cache`), png),
    contestant('FastAPI', () => startFastapi(fastapi, floats, classifier), form),
  ];
  const { contestants } = await bench.contest('start to first answer', { contestants: both, atLeast: 5 });
  const took = spread(contestants[0]!.rounds);
  const [held, theirs] = both.map(({ resident }) => spread(resident.slice(1)));
  bench.target({
    what: 'start to first answer',
    wanted: `below ${wanted.start} ms`,
    got: spreadText(took, 'ms'),
    verdict: verdictBelow(took, wanted.start),
  });
  if (Number.isNaN(held!.median)) {
    bench.note('What the servers hold in memory is told by Linux alone.');
    return;
  }
  bench.target({
    what: 'resident behind the first answer',
    wanted: `below ${wanted.resident} MiB`,
    got: `${spreadText(held!, 'MiB')}; FastAPI ${spreadText(theirs!, 'MiB')}`,
    verdict: verdictBelow(held!, wanted.resident),
  });
}
