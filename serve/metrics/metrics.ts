import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Observer, Outcome } from '../batching/index.js';

/** Seconds: from a tenth of a millisecond, which a small net takes, to the deadline. */
const durations = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256];

export type Result = 'ok' | 'refused' | 'failed';

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** A request whose body is read; call what comes back when it is done. */
  request(model: string, protocol: 'classify' | 'infer'): (result: Result, outcome?: Outcome) => void;
  /** For the batcher of a model. */
  observer(model: string): Observer;
  /** An answer of any route. */
  answered(status: number): void;
}

/** What a server counts and measures, in a registry of its own: two servers in a process do not mix. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const answers = new Counter({
    ...{ name: 'onward_http_responses_total', help: 'Answers by status', labelNames: ['status'], registers },
  });
  const requests = new Counter({
    name: 'onward_requests_total',
    help: 'Inference requests by how they ended: ok, refused (the input), failed (busy, late, workers)',
    labelNames: ['model', 'protocol', 'result'],
    registers,
  });
  const total = new Histogram({
    name: 'onward_request_duration_seconds',
    help: 'From the body read to the answer made, of requests that succeeded',
    labelNames: ['model', 'protocol'],
    buckets: durations,
    registers,
  });
  const phases = new Histogram({
    name: 'onward_phase_duration_seconds',
    help: 'queue: a request waits; decode, batch (gathering) and run: a whole batch in its worker',
    labelNames: ['model', 'phase'],
    buckets: durations,
    registers,
  });
  const batches = new Histogram({
    ...{ name: 'onward_batch_size', help: 'Rows of a batch', labelNames: ['model'], buckets: sizes, registers },
  });
  const depth = new Gauge({
    ...{ name: 'onward_queue_depth', help: 'Rows that wait for a worker', labelNames: ['model'], registers },
  });
  const drops = new Counter({
    name: 'onward_dropped_total',
    help: 'Requests that did not run: busy (queue full), late (deadline), gone (client left), failed (workers ended twice)',
    labelNames: ['model', 'reason'],
    registers,
  });

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    request(model, protocol) {
      const start = performance.now();
      return (result, outcome) => {
        requests.inc({ model, protocol, result });
        if (!outcome) return;
        total.observe({ model, protocol }, (performance.now() - start) / 1000);
        phases.observe({ model, phase: 'queue' }, outcome.queue / 1000);
      };
    },
    observer: (model) => ({
      batch(rows, { decode, batch, run }) {
        batches.observe({ model }, rows);
        if (decode > 0) phases.observe({ model, phase: 'decode' }, decode / 1000);
        phases.observe({ model, phase: 'batch' }, batch / 1000);
        phases.observe({ model, phase: 'run' }, run / 1000);
      },
      queued: (rows) => depth.set({ model }, rows),
      dropped: (reason) => drops.inc({ model, reason }),
    }),
    answered: (status) => answers.inc({ status }),
  };
}
