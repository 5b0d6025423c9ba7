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

/**
 * Whether what answers who names no model can; where there is no such, whether any model can. Not every one, as the protocol has it: a
 * damaged file in the folder must not take the server out of a balancer. 400 where not, as the protocol says.
 */
export const ready: Route = {
  method: 'GET',
  path: '/v2/health/ready',
  open: true,
  operation: {
    id: 'ready',
    group: 'Open Inference Protocol',
    summary: 'whether the default model can answer, or where there is none any',
    answer: { meaning: 'it can', content: { 'application/json': z.object({ ready: z.boolean() }) } },
    errors: [400],
  },
  create: ({ models }) =>
    function ready(c) {
      return models.ready ? c.json({ ready: true }) : c.json({ error: 'no model is ready' }, 400);
    },
};
