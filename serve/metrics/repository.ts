import { Counter, Gauge, type Registry } from 'prom-client';
import type { RepositoryObserver } from '../repository/index.js';
import type { ModelAt } from './model-at.js';

/** What becomes of files, and how often shadows disagree. */
/** @param onRemoved is called with a version that is gone from the disk */
export function repositoryMetrics(registers: Registry[], onRemoved: (model: ModelAt) => void): RepositoryObserver {
  const loads = new Counter({
    name: 'onward_model_loads_total',
    help: 'Files that were opened (loaded) or refused: damaged, or other than their golden samples',
    labelNames: ['model', 'version', 'result'],
    registers,
  });
  const open = new Gauge({
    ...{ name: 'onward_model_open', help: 'Whether it is in memory', labelNames: ['model', 'version'], registers },
  });
  const shadows = new Counter({
    name: 'onward_shadow_total',
    help: 'What a shadow predicted beside the model that answered, an image or row each: agreed or disagreed in the likeliest class; requests: failed, skipped (it could not keep up)',
    labelNames: ['route', 'result'],
    registers,
  });
  const counts = new Map<string, { agreed: number; disagreed: number }>();
  new Gauge({
    name: 'onward_shadow_disagreement_ratio',
    help: 'Of what a shadow predicted, the share in which it disagreed, since the start',
    labelNames: ['route'],
    registers,
    collect() {
      for (const [route, { agreed, disagreed }] of counts) this.set({ route }, disagreed / (agreed + disagreed));
    },
  });

  return {
    loaded: ({ name: model, version }, result) => loads.inc({ model, version, result }),
    open: ({ name: model, version }, isOpen) => open.set({ model, version }, isOpen ? 1 : 0),
    removed(at) {
      open.remove({ model: at.name, version: at.version });
      onRemoved(at);
    },
    shadow(route, result, count) {
      shadows.inc({ route, result }, count);
      if (result !== 'agreed' && result !== 'disagreed') return;
      const known = counts.get(route) ?? { agreed: 0, disagreed: 0 };
      known[result] += count;
      counts.set(route, known);
    },
  };
}
