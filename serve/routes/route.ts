import type { Handler } from 'hono';
import type { LoadedModel } from '../../runtime/model/index.js';
import type { Page } from '../page.js';
import type { Pool } from '../pool.js';

/** What a route may need. */
export interface RouteContext {
  readonly model: LoadedModel;
  readonly pool: Pool;
  /** Undefined where the page was not built. */
  readonly page: Page | undefined;
  readonly maxBodyBytes: number;
}

/** One address of the server; a new one is a new file and a line in `index.ts`. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly create: (context: RouteContext) => Handler;
}
