import type { MiddlewareHandler } from 'hono';
import { addressOf } from './address.js';
import type { Log } from './log.js';
import { headerOf } from './request.js';

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
