import { Gauge, type Registry } from 'prom-client';
import type { ModelAt } from './model-at.js';

/** Worker threads of each version of a model, whenever they change. */
export interface WorkerMetrics {
  of(model: ModelAt): (alive: number, hanging: number) => void;
  remove(model: ModelAt): void;
}

export function workerMetrics(registers: Registry[]): WorkerMetrics {
  const threads = new Gauge({
    name: 'onward_workers',
    help: 'Worker threads: alive, and hanging, which are far too long at one batch',
    labelNames: ['model', 'version', 'state'],
    registers,
  });
  return {
    of:
      ({ name: model, version }) =>
      (alive, hanging) => {
        threads.set({ model, version, state: 'alive' }, alive);
        threads.set({ model, version, state: 'hanging' }, hanging);
      },
    remove({ name: model, version }) {
      for (const state of ['alive', 'hanging']) threads.remove({ model, version, state });
    },
  };
}
