import { serverMetadataSchema } from '../../../protocol/index.js';
import { serverMetadata } from '../../v2/index.js';
import type { Route } from '../route.js';

export const server: Route = {
  method: 'GET',
  path: '/v2',
  operation: {
    id: 'serverMetadata',
    group: 'Open Inference Protocol',
    summary: 'name, version and extensions of the server',
    answer: { meaning: 'the server', content: { 'application/json': serverMetadataSchema } },
  },
  create: ({ modelControl }) =>
    function server(c) {
      return c.json(serverMetadata(modelControl));
    },
};
