import type { Route } from './route.js';

/** What `GET /health` answers. */
export interface Health {
  readonly status: 'ok';
  /** The model's digest; null for a file that is not ours. */
  readonly model: string | null;
  readonly labels: number;
  readonly engine: string;
  readonly version: string;
  readonly device: string;
  /** Seconds since the server was made. */
  readonly uptime: number;
}

export const health: Route = {
  method: 'GET',
  path: '/health',
  open: true,
  create({ models }) {
    const start = performance.now();
    return function health(c) {
      const { classifier, engine, engineVersion, device, ready } = models.chosen();
      const uptime = Math.round(performance.now() - start) / 1000;
      if (!ready) return c.json({ error: 'no worker is there to answer; the log says why' }, 503);
      return c.json({
        status: 'ok',
        model: classifier?.digest ?? null,
        labels: classifier?.labels.length ?? 0,
        engine,
        version: engineVersion,
        device,
        uptime,
      } satisfies Health);
    };
  },
};
