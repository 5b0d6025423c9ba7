import { Gauge, type Registry } from 'prom-client';
import { keyOf, type ModelAt } from './model-at.js';

/** Rows that wait for each version of a model. They change with every request, and are looked at when somebody asks. */
export interface QueueDepth {
  /** Gets the rows that wait, whenever they change. */
  of(model: ModelAt): (rows: number) => void;
  remove(model: ModelAt): void;
}

export function queueDepth(registers: Registry[]): QueueDepth {
  const waiting = new Map<string, { readonly labels: { model: string; version: string }; rows: number }>();
  new Gauge({
    ...{ name: 'onward_queue_depth', help: 'Rows that wait for a worker', labelNames: ['model', 'version'], registers },
    collect() {
      this.reset();
      for (const { labels, rows } of waiting.values()) this.set(labels, rows);
    },
  });
  return {
    of(at) {
      const known = waiting.get(keyOf(at)) ?? { labels: { model: at.name, version: at.version }, rows: 0 };
      waiting.set(keyOf(at), known);
      return (rows) => {
        known.rows = rows;
      };
    },
    remove: (at) => waiting.delete(keyOf(at)),
  };
}
