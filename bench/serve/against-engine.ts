import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Bench } from '../benchmark.js';
import { makeNetwork } from '../networks.js';
import { ours } from '../ours.js';
import { ratioText, spread, timesAsFast, verdictOf } from '../statistics.js';
import type { LoadGenerator } from './load.js';
import { side } from './network.js';
import { startTuned } from './tuned.js';

const child = fileURLToPath(new URL('../children/raw-engine.js', import.meta.url));

/** Of the raw engine: one of them is its best on any machine. */
const batches = [1, 8, 32];
const connections = [16, 64];
/** Seconds: at so few requests a second V8 takes some to compile what all of them run through. */
const warmUp = 15;
/** The share of the raw engine's images a second that a server is to leave. */
const wanted = 0.9;

async function runRaw(file: string, batch: number, seconds: number): Promise<number> {
  const flags = Object.entries({ file, batch, side, seconds }).map(([name, value]) => `--${name}=${value}`);
  const { stdout } = await promisify(execFile)(process.execPath, [child, ...flags]);
  return Number(stdout);
}

/**
 * Our server of simplenet, to which pictures are sent, beside ONNX Runtime alone on the same file in a process that does
 * nothing else, with its best batch.
 */
export async function compareWithEngine(bench: Bench, { load }: LoadGenerator, turn: number): Promise<void> {
  // Answers take a tenth of a second here: the beginning and the end of a short turn would count.
  const seconds = 2 * turn;
  const file = join(bench.folder, 'simplenet.onnx');
  const { path } = await makeNetwork(bench, 'simplenet');
  await writeFile(file, (await ours.exportClassifier(path))());
  const server = await startTuned(file);
  try {
    await load({ port: server.port, kind: 'png', connections: connections[0]!, seconds: warmUp });
    const { contestants } = await bench.contest('simplenet, PNG: milliseconds an image', {
      contestants: [
        ...connections.map((count) => ({
          name: `onward, ${count} connections`,
          ours: true,
          timesItself: true,
          run: async () =>
            1000 / (await load({ port: server.port, kind: 'png', connections: count, seconds })).perSecond,
        })),
        ...batches.map((batch) => ({
          name: `ONNX Runtime alone, batches of ${batch}`,
          timesItself: true,
          run: () => runRaw(file, batch, seconds),
        })),
      ],
      images: 1,
    });
    const best = contestants
      .filter(({ isOther }) => isOther)
      .reduce((a, b) => (spread(b.rounds).median < spread(a.rounds).median ? b : a));
    for (const own of contestants.filter(({ isOther }) => !isOther)) {
      const ratio = timesAsFast(own.rounds, best.rounds);
      bench.target({
        what: `simplenet, ${own.name}: images a second`,
        wanted: `at least ${wanted} of ${best.name}`,
        got: ratioText(ratio),
        verdict: verdictOf(ratio, wanted),
      });
    }
    bench.note(`simplenet, as onward measured for itself: ${server.tuned}; under load for ${warmUp} s before.`);
  } finally {
    await server.close();
  }
}
