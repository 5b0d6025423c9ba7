import type { Route } from '../route.js';

/** Answers while the event loop runs. */
export const live: Route = {
  method: 'GET',
  path: '/v2/health/live',
  open: true,
  create: () =>
    function live(c) {
      return c.json({ live: true });
    },
};

/** Whether every model can answer; 400 where not, as the protocol says. */
export const ready: Route = {
  method: 'GET',
  path: '/v2/health/ready',
  open: true,
  create: ({ models }) =>
    function ready(c) {
      return models.ready ? c.json({ ready: true }) : c.json({ error: 'no model is ready' }, 400);
    },
};
