import type { Context } from 'hono';
import { headerOf, nameOfClient } from '../http/index.js';
import type { Asked } from '../repository/index.js';

/**
 * Which model a request names, and who asks.
 * @param path of the route: what another app names in the path before it is not meant
 */
export const askedOf = (c: Context, path: string): Asked => ({
  name: path.includes(':model') ? c.req.param('model') : undefined,
  version: path.includes(':version') ? c.req.param('version') : undefined,
  // Only some routes ask for it. No getter: V8 makes a hidden class for each, which keeps the request until the next major
  // garbage collection.
  client: () => nameOfClient(c),
  header: (name) => headerOf(c, name),
});
