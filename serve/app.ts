import { type Context, Hono } from 'hono';
import { basePath } from 'hono/route';
import {
  type ApiKey,
  accessLog,
  allowedHosts,
  apiKeys,
  believing,
  createBodies,
  createLimiter,
  errorHandler,
  everyAnswer,
  jsonLog,
  type Log,
  notFound,
  type Quotas,
  type Rate,
  type Trusted,
} from './http/index.js';
import { type Limits, limitsOf } from './limits.js';
import { createMetrics, type Metrics } from './metrics/index.js';
import type { ServedModel } from './models/index.js';
import { openApiDocument } from './openapi/index.js';
import type { Page } from './page.js';
import { oneModel, type Repository } from './repository/index.js';
import { pageFileOf, type Route, routes } from './routes/index.js';
import { type Tracing, traced } from './tracing/index.js';

export interface AppOptions {
  /** One model, or several by their names. */
  readonly models: Repository | ServedModel;
  /** What is at `/`, from `readPage`, or who says what is there now; without it the server only answers requests. */
  readonly page?: Page | (() => Page | undefined) | undefined;
  readonly limits?: { readonly [Name in keyof Limits]?: number | undefined } | undefined;
  /** Where what was measured is kept; default: of this app alone. Give the one whose observer the models have. */
  readonly metrics?: Metrics | undefined;
  /** Whether requests may load and unload models; default: false. */
  readonly modelControl?: boolean | undefined;
  /** Draws of `?tta=`, at most; default: 0, none. */
  readonly maxTta?: number | undefined;
  /** Whether requests may ask for heat maps; default: false. */
  readonly explain?: boolean | undefined;
  /** Who may ask; default: everybody who reaches the server. */
  readonly keys?: readonly ApiKey[] | undefined;
  /** How often one client may ask; default: as often as it likes. */
  readonly rateLimit?: Rate | undefined;
  /** What keys have used of their quotas before; default: nothing. */
  readonly quotas?: Quotas | undefined;
  /** Names of this server besides `localhost` and addresses; default: whatever a request names. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Proxies whose `X-Forwarded-For` is believed; default: none. */
  readonly trusted?: Trusted | undefined;
  /** Gets what went wrong inside; default: JSON lines on console.error. */
  readonly log?: Log | undefined;
  /** OpenTelemetry's interface, from `loadTracing`; default: no spans. */
  readonly tracing?: Tracing | undefined;
  /** A line of the log for every request; default: false. */
  readonly logRequests?: boolean | undefined;
}

/** The server without a port: `app.request('/health')` answers, and any host that runs Hono can mount it, under any path. */
export function createApp({
  models: given,
  page: shown,
  limits: givenLimits = {},
  metrics = createMetrics(),
  modelControl = false,
  maxTta = 0,
  explain = false,
  keys,
  rateLimit,
  quotas,
  trusted,
  allowedHosts: hosts,
  log = jsonLog(console.error),
  logRequests = false,
  tracing,
}: AppOptions): Hono {
  const models = 'use' in given ? given : oneModel(given);
  const page = typeof shown === 'function' ? shown : () => shown;
  const limits = limitsOf(givenLimits);
  const app = new Hono();
  if (trusted) app.use(believing(trusted));
  app.use(everyAnswer(metrics.answered, hosts && allowedHosts(hosts)));
  if (tracing) app.use(traced(tracing));
  if (logRequests) app.use(accessLog(log));
  app.onError(errorHandler(log));
  app.notFound(notFound);
  const describe = (c: Context) =>
    openApiDocument(routes, { base: basePath(c).replace(/\/$/, ''), keys: keys !== undefined, limited });
  const bodies = createBodies(Math.max(limits.maxBodiesBytes, limits.maxBodyBytes));
  const context = { models, page, limits, bodies, metrics, modelControl, maxTta, explain, describe };
  function add(route: Route): void {
    app.on(route.method, route.path, route.create(context));
    // Hono answers HEAD with what GET would.
    const allowed = route.method === 'GET' ? 'GET, HEAD' : route.method;
    app.all(route.path, (c) => {
      if (route.path.endsWith('*') && !page()?.has(pageFileOf(c))) return c.notFound();
      return c.json({ error: `expected ${allowed} ${c.req.path}, got ${c.req.method}` }, 405, { Allow: allowed });
    });
  }
  const limited = rateLimit !== undefined || (keys ?? []).some(({ rate, quota }) => rate ?? quota);
  const limiter = limited ? createLimiter({ rate: rateLimit, keys, quotas }) : undefined;
  // What is before the guard is answered without it.
  for (const route of routes) if (route.open) add(route);
  if (keys) app.use(apiKeys(keys, limiter?.refused));
  if (limiter) app.use(limiter.middleware);
  for (const route of routes) if (!route.open) add(route);
  return app;
}
