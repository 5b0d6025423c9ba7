import { z } from 'zod';
import type { Route } from '../route.js';

/** Answers while the event loop runs. */
export const live: Route = {
  method: 'GET',
  path: '/v2/health/live',
  open: true,
  operation: {
    id: 'live',
    group: 'Open Inference Protocol',
    summary: 'whether the server runs',
    answer: { meaning: 'it does', content: { 'application/json': z.object({ live: z.boolean() }) } },
  },
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
  operation: {
    id: 'ready',
    group: 'Open Inference Protocol',
    summary: 'whether every model can answer',
    answer: { meaning: 'they can', content: { 'application/json': z.object({ ready: z.boolean() }) } },
    errors: [400],
  },
  create: ({ models }) =>
    function ready(c) {
      return models.ready ? c.json({ ready: true }) : c.json({ error: 'no model is ready' }, 400);
    },
};
