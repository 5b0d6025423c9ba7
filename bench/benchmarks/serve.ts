import type { Benchmark } from '../benchmark.js';
import { compareWithEngine } from '../serve/against-engine.js';
import { compareWithFastapi } from '../serve/against-fastapi.js';
import { withContestants } from '../serve/contestants.js';
import { loadGenerator } from '../serve/load.js';
import { compareStarts } from '../serve/start.js';

/** Of one turn. */
const seconds = Number(process.env.ONWARD_BENCH_SECONDS ?? 3);

/** Predictions over HTTP beside what most people write, and beside the engine itself. */
export const serveBenchmark: Benchmark = {
  name: 'serve',
  description:
    'requests a second, latency, start and memory beside FastAPI with ONNX Runtime on one uvicorn worker, a small net; simplenet beside ONNX Runtime alone',
  needs: ['python'],
  async run(bench) {
    const generator = await loadGenerator(bench.folder);
    await withContestants(bench, (contestants) => compareWithFastapi(bench, contestants, generator, seconds));
    const { path } = await (await bench.python()).ask<{ path: string }>('where');
    await compareStarts(bench, path);
    await compareWithEngine(bench, generator, seconds);
    bench.note(generator.about);
  },
};
