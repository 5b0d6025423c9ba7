import type { Route } from './route.js';

/** For Prometheus, in its text format. */
export const metrics: Route = {
  method: 'GET',
  path: '/metrics',
  operation: {
    id: 'metrics',
    group: 'operations',
    summary: 'what was counted and measured',
    answer: { meaning: "in Prometheus' text format", content: { 'text/plain': 'text' } },
  },
  create: ({ metrics }) =>
    async function metricsRoute(c) {
      return c.body(await metrics.text(), 200, { 'Content-Type': metrics.contentType });
    },
};
