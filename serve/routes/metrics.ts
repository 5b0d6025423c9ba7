import type { Route } from './route.js';

/** For Prometheus, in its text format. */
export const metrics: Route = {
  method: 'GET',
  path: '/metrics',
  create: ({ metrics }) =>
    async function metricsRoute(c) {
      return c.body(await metrics.text(), 200, { 'Content-Type': metrics.contentType });
    },
};
