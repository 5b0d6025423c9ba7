import { serverMetadata } from '../../v2/index.js';
import type { Route } from '../route.js';

export const server: Route = {
  method: 'GET',
  path: '/v2',
  create: ({ modelControl }) =>
    function server(c) {
      return c.json(serverMetadata(modelControl));
    },
};
