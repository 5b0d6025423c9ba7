import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Observer, Outcome } from '../batching/index.js';
import type { RepositoryObserver } from '../repository/index.js';
import type { ModelAt } from './model-at.js';
import { type PredictionMetrics, predictionMetrics } from './predictions.js';
import { queueDepth } from './queue-depth.js';
import { repositoryMetrics } from './repository.js';
import { workerMetrics } from './workers.js';

/** Seconds: from a tenth of a millisecond, which a small net takes, to the deadline. */
const durations = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256];

export type Result = 'ok' | 'refused' | 'failed';

export interface Metrics extends Pick<PredictionMetrics, 'predicted'> {
  readonly contentType: string;
  text(): Promise<string>;
  /** A request whose body is read; call what comes back when it is done. */
  request(model: ModelAt, protocol: 'classify' | 'infer'): (result: Result, outcome?: Outcome) => void;
  /** For the batcher of a model. */
  observer(model: ModelAt): Observer;
  /** For the models of a server. */
  readonly repository: RepositoryObserver;
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
    labelNames: ['model', 'version', 'protocol', 'result'],
    registers,
  });
  const total = new Histogram({
    name: 'onward_request_duration_seconds',
    help: 'From the body read to the answer made, of requests that succeeded',
    labelNames: ['model', 'version', 'protocol'],
    buckets: durations,
    registers,
  });
  const phases = new Histogram({
    name: 'onward_phase_duration_seconds',
    help: 'queue: a request waits; decode, batch (gathering) and run: a whole batch in its worker',
    labelNames: ['model', 'version', 'phase'],
    buckets: durations,
    registers,
  });
  const batches = new Histogram({
    ...{
      name: 'onward_batch_size',
      help: 'Rows of a batch',
      labelNames: ['model', 'version'],
      buckets: sizes,
      registers,
    },
  });
  const depth = queueDepth(registers);
  const workers = workerMetrics(registers);
  const drops = new Counter({
    name: 'onward_dropped_total',
    help: 'Requests that did not run: busy (queue full), late (deadline), gone (client left), failed (workers ended twice)',
    labelNames: ['model', 'version', 'reason'],
    registers,
  });

  const predictions = predictionMetrics(registers);
  const repository = repositoryMetrics(registers, (model) => {
    depth.remove(model);
    workers.remove(model);
    predictions.forget(model);
  });

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    repository,
    predicted: predictions.predicted,
    request({ name: model, version }, protocol) {
      const start = performance.now();
      return (result, outcome) => {
        requests.inc({ model, version, protocol, result });
        if (!outcome) return;
        total.observe({ model, version, protocol }, (performance.now() - start) / 1000);
        phases.observe({ model, version, phase: 'queue' }, outcome.queue / 1000);
      };
    },
    observer: ({ name: model, version }) => ({
      batch(rows, { decode, batch, run }) {
        batches.observe({ model, version }, rows);
        if (decode > 0) phases.observe({ model, version, phase: 'decode' }, decode / 1000);
        phases.observe({ model, version, phase: 'batch' }, batch / 1000);
        phases.observe({ model, version, phase: 'run' }, run / 1000);
      },
      queued: depth.of({ name: model, version }),
      workers: workers.of({ name: model, version }),
      dropped: (reason) => drops.inc({ model, version, reason }),
    }),
    answered: (status) => answers.inc({ status }),
  };
}
