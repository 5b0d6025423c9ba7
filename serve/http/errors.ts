import type { Context, ErrorHandler, NotFoundHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type ErrorKind, OnwardError } from '../../runtime/common/index.js';
import type { Log } from './log.js';
import { isPartlyRead } from './read-body.js';
import { nodeOf } from './request.js';

const statuses: Readonly<Record<ErrorKind, ContentfulStatusCode>> = {
  usage: 400,
  input: 400,
  type: 415,
  size: 413,
  missing: 503,
  parity: 503,
  system: 500,
  interrupted: 503,
};

/** Every error as `{"error": "one sentence"}`; what nobody foresaw goes to the log and is a 500 that says nothing of it. */
export function errorHandler(log: Log): ErrorHandler {
  return function answerError(error, c) {
    if (isPartlyRead(c) && !isHttp2(c)) c.header('Connection', 'close');
    if (error instanceof OnwardError) {
      const status = statuses[error.kind];
      // The rest of a refused upload is not read: the connection cannot carry another request.
      if ((status === 413 || status === 415) && !isHttp2(c)) c.header('Connection', 'close');
      return c.json({ error: error.message }, status);
    }
    if (error instanceof HTTPException) {
      if (error.status === 503) c.header('Retry-After', '1');
      if (error.status === 401) c.header('WWW-Authenticate', 'Bearer');
      return c.json({ error: error.message }, error.status as ContentfulStatusCode);
    }
    log('error', {
      message: `${c.req.method} ${c.req.path}: ${error.message}`,
      request: requestId(c),
      stack: error.stack,
    });
    return c.json({ error: 'the server failed at this request; its log says why' }, 500);
  };
}

/** There a connection is closed in another way, and for other reasons. */
const isHttp2 = (c: Context) => (nodeOf(c)?.incoming.httpVersionMajor ?? 1) >= 2;

const requestId = (c: Context) => c.get('requestId') as string | undefined;

export const notFound: NotFoundHandler = (c) =>
  c.json({ error: `there is nothing at ${c.req.path.slice(0, 200)}; expected /classify, /health, /v2 or /` }, 404);
