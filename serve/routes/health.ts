import { HTTPException } from 'hono/http-exception';
import { type Health, healthSchema } from '../../protocol/index.js';
import type { Repository } from '../repository/index.js';
import type { Route } from './route.js';

/** What a request that names no model would be told, where that is the reason. */
function whyNot(models: Repository): string {
  try {
    models.check({});
  } catch (error) {
    if (error instanceof HTTPException && error.status === 503) return error.message;
    return 'no model can answer; /v2/repository/index says why';
  }
  return 'no worker is there to answer, or all hang; the log says why';
}

export const health: Route = {
  method: 'GET',
  path: '/health',
  open: true,
  operation: {
    id: 'health',
    group: 'operations',
    summary: 'what is served, and whether it can answer',
    answer: { meaning: 'it can', content: { 'application/json': healthSchema } },
    errors: [503],
  },
  create({ models }) {
    const start = performance.now();
    return function health(c) {
      const uptime = Math.round(performance.now() - start) / 1000;
      if (!models.ready) return c.json({ error: whyNot(models) }, 503);
      const { classifier, engine, engineVersion, device } = models.shown() ?? {};
      return c.json({
        status: 'ok',
        model: classifier?.digest ?? null,
        labels: classifier?.labels.length ?? 0,
        engine: engine ?? null,
        version: engineVersion ?? null,
        device: device ?? null,
        models: models.index().map(({ name, version, state }) => ({ name, version, state })),
        uptime,
      } satisfies Health);
    };
  },
};
