import { z } from 'zod';
import type { Route } from './route.js';

/** What the server answers, for programs. */
export const openapi: Route = {
  method: 'GET',
  path: '/openapi.json',
  operation: {
    id: 'openapi',
    group: 'operations',
    summary: 'this description, in OpenAPI 3.1',
    answer: { meaning: 'the description', content: { 'application/json': z.looseObject({ openapi: z.string() }) } },
  },
  create: ({ describe }) =>
    function openapi(c) {
      return c.json(describe(c));
    },
};
