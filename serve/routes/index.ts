import { classifyRoutes } from './classify.js';
import { docsRoutes } from './docs.js';
import { health } from './health.js';
import { metrics } from './metrics.js';
import { openapi } from './openapi.js';
import { page, pageFileOf } from './page.js';
import type { Route } from './route.js';
import { v2Routes } from './v2/index.js';

export type { Route } from './route.js';
export { pageFileOf };

/** Every route, in the order in which they are tried. */
export const routes: readonly Route[] = [...classifyRoutes, health, metrics, ...v2Routes, openapi, ...docsRoutes, page];
