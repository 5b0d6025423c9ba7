import type { Context } from 'hono';
import { clientOf, headerOf } from '../http/index.js';
import type { Asked } from '../repository/index.js';

/**
 * Which model a request names, and who asks.
 * @param path of the route: what another app names in the path before it is not meant
 */
export const askedOf = (c: Context, path: string): Asked => ({
  name: path.includes(':model') ? c.req.param('model') : undefined,
  version: path.includes(':version') ? c.req.param('version') : undefined,
  // Only some routes ask for it.
  get client() {
    return clientOf(c).id;
  },
  header: (name) => headerOf(c, name),
});
