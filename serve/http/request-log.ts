import { randomBytes } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { addressOf } from './address.js';
import { hasHeaders } from './answer.js';
import type { Log } from './log.js';
import { headerOf, nodeOf } from './request.js';

/** What a client may call its request: nothing that could be read as something else in a log. */
const given = /^[\w.:/+=-]{1,128}$/;

/** Every request has an id, the client's `X-Request-Id` or one of ours; the answer carries it, and so does every line of the log. */
export function requestIds(): MiddlewareHandler {
  const start = randomBytes(6).toString('hex');
  let count = 0;
  return async function requestIds(c, next) {
    const asked = headerOf(c, 'x-request-id');
    const id = asked !== undefined && given.test(asked) ? asked : `${start}-${(count++).toString(36)}`;
    c.set('requestId', id);
    await next();
    if (hasHeaders(c)) return;
    const outgoing = nodeOf(c)?.outgoing;
    if (outgoing) outgoing.setHeader('X-Request-Id', id);
    else c.res.headers.set('X-Request-Id', id);
  };
}

/** A line a request: method, path, status, milliseconds, bytes, id. */
export function accessLog(log: Log): MiddlewareHandler {
  return async function accessLog(c, next) {
    const start = performance.now();
    await next();
    log('info', {
      message: 'request',
      request: c.get('requestId'),
      method: c.req.method,
      path: c.req.path.slice(0, 500),
      status: c.res.status,
      milliseconds: Math.round((performance.now() - start) * 1000) / 1000,
      bytes: Number(headerOf(c, 'content-length') ?? 0),
      client: c.get('key') ?? addressOf(c),
      trace: (c.get('span') as { spanContext(): { traceId: string } } | undefined)?.spanContext().traceId,
    });
  };
}
