import { randomBytes } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { hasHeaders } from './answer.js';
import { headers } from './headers.js';
import type { HostCheck } from './hosts.js';
import { headerOf, nodeOf } from './request.js';

/** What a client may call its request: nothing that could be read as something else in a log. */
const given = /^[\w.:/+=-]{1,128}$/;
const entries = Object.entries(headers);

/**
 * Every request has an id, the client's `X-Request-Id` or one of ours: the answer carries it, and so does every line of the
 * log. Every answer has our headers, errors too. One middleware does both, as each costs its own promises.
 * @param answered is called with the status of each
 * @param refusal what is answered to whom no route shall see
 */
export function everyAnswer(answered: (status: number) => void, refusal?: HostCheck): MiddlewareHandler {
  const start = randomBytes(6).toString('hex');
  let count = 0;
  return async function everyAnswer(c, next) {
    const asked = headerOf(c, 'x-request-id');
    const id = asked !== undefined && given.test(asked) ? asked : `${start}-${(count++).toString(36)}`;
    c.set('requestId', id);
    const refused = refusal?.(c);
    if (refused) c.res = refused;
    else await next();
    answered(c.res.status);
    if (hasHeaders(c)) return;
    // On Node's own answer, where there is one: a Response whose headers somebody touched is sent a slower way.
    const outgoing = nodeOf(c)?.outgoing;
    const set = (name: string, value: string) =>
      outgoing ? outgoing.setHeader(name, value) : c.res.headers.set(name, value);
    set('X-Request-Id', id);
    for (const [name, value] of entries) set(name, value);
  };
}
