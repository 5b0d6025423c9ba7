import type { Context } from 'hono';
import type { Client } from '../models/index.js';
import { addressOf, networkOf } from './address.js';
import { whenGone } from './request.js';

/** Who asks: the key that was shown, or else the address. */
export const clientOf = (c: Context): Client => ({
  id: (c.get('key') as string | undefined) ?? networkOf(addressOf(c)),
  onGone: (drop) => whenGone(c, drop),
});
