import type { Context, Handler } from 'hono';
import type { Bodies } from '../http/index.js';
import type { Limits } from '../limits.js';
import type { Metrics } from '../metrics/index.js';
import type { OpenApiDocument, Operation } from '../openapi/index.js';
import type { Page } from '../page.js';
import type { Repository } from '../repository/index.js';

/** What a route may need. */
export interface RouteContext {
  readonly models: Repository;
  /** Of the model that is shown now; undefined where there is none, or the page was not built. */
  readonly page: () => Page | undefined;
  readonly limits: Limits;
  readonly bodies: Bodies;
  readonly metrics: Metrics;
  /** Whether models may be loaded and unloaded by requests. */
  readonly modelControl: boolean;
  /** Draws of `?tta=`, at most; 0: none. */
  readonly maxTta: number;
  /** Whether requests may ask for heat maps. */
  readonly explain: boolean;
  /** Every route, as it is asked for: with the path that the app is mounted at. */
  readonly describe: (c: Context) => OpenApiDocument;
}

/** One address of the server; a new one is a new file and a line in `index.ts`. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Answered without an API key too: health, which a load balancer asks for. */
  readonly open?: boolean;
  /** For `/openapi.json` and `/docs`. */
  readonly operation: Operation;
  readonly create: (context: RouteContext) => Handler;
}
