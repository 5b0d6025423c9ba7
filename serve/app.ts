import { Hono } from 'hono';
import type { LoadedModel } from '../runtime/model/index.js';
import { errorHandler, notFound } from './errors.js';
import { isolation } from './headers.js';
import type { Page } from './page.js';
import type { Pool } from './pool.js';
import { routes } from './routes/index.js';

export interface AppOptions {
  readonly model: LoadedModel;
  readonly pool: Pool;
  /** What is at `/`, from `readPage`; without it the server only answers requests. */
  readonly page?: Page | undefined;
  /** Larger uploads get a 413; default: 10 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** Gets what went wrong inside; default: console.error. */
  readonly log?: (line: string) => void;
}

/** The server without a port: `app.request('/health')` answers, and any host that runs Hono can mount it. */
export function createApp({
  model,
  pool,
  page,
  maxBodyBytes = 10 * 1024 * 1024,
  log = console.error,
}: AppOptions): Hono {
  const app = new Hono();
  app.use(isolation());
  app.onError(errorHandler(log));
  app.notFound(notFound);
  for (const route of routes) {
    app.on(route.method, route.path, route.create({ model, pool, page, maxBodyBytes }));
    // Hono answers HEAD with what GET would.
    const allowed = route.method === 'GET' ? 'GET, HEAD' : route.method;
    app.all(route.path, (c) => {
      if (route.path.endsWith('*') && !page?.has(c.req.path.slice(1) || 'index.html')) return c.notFound();
      return c.json({ error: `expected ${allowed} ${c.req.path}, got ${c.req.method}` }, 405, { Allow: allowed });
    });
  }
  return app;
}
