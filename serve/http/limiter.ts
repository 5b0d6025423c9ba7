import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { addressOf, networkOf } from './address.js';
import type { ApiKey } from './api-keys.js';
import { createBuckets } from './buckets.js';
import { nameOfClient } from './client.js';
import { createQuotas, type Quotas } from './quota.js';
import type { Rate } from './rate.js';

export interface LimiterOptions {
  /** Of each client; a key may have its own. Undefined: as often as it likes. */
  readonly rate?: Rate | undefined;
  readonly keys?: readonly ApiKey[] | undefined;
  /** What keys have used before; default: nothing. */
  readonly quotas?: Quotas | undefined;
}

export interface Limiter {
  /** A 429 with `Retry-After` for who asks too often, or has used what it may; counts the others. */
  readonly middleware: MiddlewareHandler;
  /** Counts one who showed no key that is known, by the address. @throws HTTPException 429 */
  refused(c: Context): void;
}

const tooMany = (c: Context, milliseconds: number, message: string) => {
  const seconds = Math.ceil(milliseconds / 1000);
  c.header('Retry-After', String(seconds));
  return new HTTPException(429, { message: `${message}; come again in ${seconds} s` });
};

export function createLimiter({ rate, keys = [], quotas = createQuotas() }: LimiterOptions): Limiter {
  const buckets = createBuckets();
  const byName = new Map(keys.map((key) => [key.name, key]));
  function take(c: Context, client: string, own: Rate | undefined): void {
    if (!own) return;
    const wait = buckets.take(client, own);
    if (wait > 0) throw tooMany(c, wait, `expected at most ${rateText(own)} of one client, got more`);
  }
  function spend(c: Context, key: ApiKey | undefined, more: number): void {
    if (!key?.quota) return;
    const { count, per } = key.quota;
    const asked = `this request counts as ${more + 1} images`;
    if (more + 1 > count) {
      throw new HTTPException(403, { message: `${asked}, more than the ${count} of a ${per} that ${key.name} has` });
    }
    const wait = quotas.spend(key.name, key.quota, more);
    if (wait > 0)
      throw tooMany(c, wait, `${asked}, and the key ${key.name} has fewer left of its ${count} of this ${per}`);
  }
  return {
    async middleware(c, next) {
      const name = c.get('key') as string | undefined;
      const key = name === undefined ? undefined : byName.get(name);
      const client = nameOfClient(c);
      take(c, client, key?.rate ?? rate);
      if (key?.quota) {
        const wait = quotas.take(key.name, key.quota);
        const { count, per } = key.quota;
        if (wait > 0) throw tooMany(c, wait, `the key ${key.name} has used its ${count} images of this ${per}`);
      }
      c.set('charge', (more: number, before: boolean) => {
        if (before) spend(c, key, more);
        else if (key?.quota) quotas.charge(key.name, more);
        buckets.charge(client, more);
      });
      await next();
    },
    refused: (c) => take(c, networkOf(addressOf(c)), rate),
  };
}

const words: Readonly<Record<number, string>> = { 1000: 'a second', 60000: 'a minute', 3600000: 'an hour' };
const rateText = ({ count, per }: Rate) => `${count} images or other requests ${words[per]}`;

/**
 * A request counts as one, and one with several images or rows as so many, before anything is done: a rate that allows one lets it
 * through, and is then as far below empty.
 * @param images at least as many as there turn out to be
 * @returns corrects it, once that is known: to 1 where nothing was done
 * @throws HTTPException 429 where the key's quota has fewer left, 403 where it never has so many
 */
export function countAhead(c: Context, images: number): (actual: number) => void {
  const charge = chargeOf(c);
  if (!charge || images <= 1) return keep;
  charge(images - 1, true);
  return (actual) => {
    if (actual !== images) charge(actual - images, false);
  };
}

const keep = () => {};

const chargeOf = (c: Context) => c.get('charge') as ((more: number, before: boolean) => void) | undefined;
