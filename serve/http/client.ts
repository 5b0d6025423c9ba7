import type { Context } from 'hono';
import type { Client } from '../models/index.js';
import { nodeOf, whenGone } from './request.js';

/** Who asks: the key that was shown, or else the address. */
export const clientOf = (c: Context): Client => ({
  id: (c.get('key') as string | undefined) ?? nodeOf(c)?.incoming.socket.remoteAddress ?? '',
  onGone: (drop) => whenGone(c, drop),
});
