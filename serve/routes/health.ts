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
  create({ model, pool: { engine, version, device } }) {
    const start = performance.now();
    return function health(c) {
      const uptime = Math.round(performance.now() - start) / 1000;
      const labels = model.labels.length;
      return c.json({
        status: 'ok',
        model: model.digest ?? null,
        labels,
        engine,
        version,
        device,
        uptime,
      } satisfies Health);
    };
  },
};
