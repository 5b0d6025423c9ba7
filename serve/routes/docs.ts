import { docsPage, docsStyle } from '../openapi/index.js';
import type { Route } from './route.js';

/** What the server answers, for people. */
const page: Route = {
  method: 'GET',
  path: '/docs',
  operation: {
    id: 'docs',
    group: 'operations',
    summary: 'this description, for people',
    answer: { meaning: 'a page', content: { 'text/html': 'text' } },
  },
  create: ({ describe }) =>
    async function docs(c) {
      return c.html(await docsPage(describe(c)));
    },
};

const style: Route = {
  method: 'GET',
  path: '/docs/style.css',
  operation: {
    id: 'docsStyle',
    group: 'operations',
    summary: 'how that page looks',
    answer: { meaning: 'a style sheet', content: { 'text/css': 'text' } },
  },
  create: () =>
    function docsStyleRoute(c) {
      return c.body(docsStyle, 200, { 'Content-Type': 'text/css; charset=utf-8' });
    },
};

export const docsRoutes: readonly Route[] = [page, style];
