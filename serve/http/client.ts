import type { Context } from 'hono';
import type { Client } from '../models/index.js';
import { addressOf, networkOf } from './address.js';
import { whenGone } from './request.js';

/** What a client is called by: its key where it showed one, or else its address. No key is called as an address is. */
export const nameOfClient = (c: Context): string => {
  const key = c.get('key') as string | undefined;
  return key === undefined ? networkOf(addressOf(c)) : `key ${key}`;
};

/** Who asks. */
export const clientOf = (c: Context): Client => ({ id: nameOfClient(c), onGone: (drop) => whenGone(c, drop) });
