import type { Benchmark } from './benchmark.js';
import { augmentBenchmark } from './benchmarks/augment.js';
import { evalBenchmark } from './benchmarks/eval.js';
import { exportBenchmark } from './benchmarks/export.js';
import { knnBenchmark } from './benchmarks/knn.js';
import { ortBenchmark } from './benchmarks/ort.js';
import { serveBenchmark } from './benchmarks/serve.js';
import { serveConnectionsBenchmark } from './benchmarks/serve-connections.js';
import { trainBenchmark } from './benchmarks/train.js';
import { trainSmallBenchmark } from './benchmarks/train-small.js';

/** To add a benchmark, write it in a file of `benchmarks/` and list it here. */
export const benchmarks: readonly Benchmark[] = [
  augmentBenchmark,
  evalBenchmark,
  exportBenchmark,
  knnBenchmark,
  ortBenchmark,
  serveBenchmark,
  serveConnectionsBenchmark,
  trainBenchmark,
  trainSmallBenchmark,
];
