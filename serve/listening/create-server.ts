import type { Server as HttpServer } from 'node:http';
import { constants, createSecureServer, Http2ServerRequest } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import type { Server } from 'node:net';
import { createSecureContext } from 'node:tls';
import { createAdaptorServer } from '@hono/node-server';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import { tooSlow } from '../http/index.js';
import type { Limits } from '../limits.js';
import { answerUnread } from './unread.js';

/** PEM texts. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

export interface CreateServerOptions {
  readonly fetch: Parameters<typeof createAdaptorServer>[0]['fetch'];
  readonly tls: Tls | undefined;
  /** HTTP/2 for who asks for it by ALPN, HTTP/1.1 for the others. */
  readonly http2: boolean;
  readonly limits: Limits;
}

/** Requests that one connection may have open: as many as browsers count on. */
const maxConcurrentStreams = 100;

/**
 * Node's server for an app, with limits on what a connection may take.
 * @throws OnwardError kind `input` for a certificate that cannot be used, `usage` for HTTP/2 without one
 */
export function createServer({ fetch, tls, http2, limits }: CreateServerOptions): Server {
  if (http2 && !tls) {
    throw new OnwardError('usage', 'expected --tls-cert and --tls-key with --http2, which is spoken over TLS alone');
  }
  if (tls) checkCertificate(tls);
  const { requestTimeout, keepAliveTimeout, maxConnections } = limits;
  // A head is a part of its request.
  const headersTimeout = Math.min(limits.headersTimeout, requestTimeout);
  // How often those two are looked at: every 30 s is Node's own.
  const connectionsCheckingInterval = Math.min(1000, headersTimeout);
  const timeouts = { headersTimeout, requestTimeout, keepAliveTimeout, connectionsCheckingInterval };
  const server = createAdaptorServer({
    fetch,
    ...(tls && { createServer: http2 ? createSecureServer : createTlsServer }),
    serverOptions: { ...tls, ...timeouts, ...(http2 && { allowHTTP1: true, settings: { maxConcurrentStreams } }) },
  } as Parameters<typeof createAdaptorServer>[0]) as HttpServer;
  server.maxConnections = maxConnections;
  answerUnread(server);
  // It takes none of them as options, for the HTTP/1.1 that it speaks too.
  if (http2) limitHttp2(Object.assign(server, timeouts), limits);
  return server;
}

/** What Node does for HTTP/1.1 by itself: idle connections and slow senders are cut. */
function limitHttp2(server: HttpServer, { requestTimeout, keepAliveTimeout }: Limits): void {
  server.on('session', (session) => {
    // Says goodbye, and answers what is open first.
    session.setTimeout(keepAliveTimeout, () => session.close());
  });
  server.on('request', (request: unknown, response: { readonly headersSent: boolean }) => {
    if (!(request instanceof Http2ServerRequest)) return;
    const { stream } = request;
    const clock = setTimeout(() => {
      // Who reads its body answers by a 408; where nobody does, or an answer is under way, it is only cut.
      if (response.headersSent || !request.emit(tooSlow, requestTimeout)) stream.close(constants.NGHTTP2_CANCEL);
      else stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
    }, requestTimeout);
    const stop = () => clearTimeout(clock);
    request.once('end', stop);
    stream.once('close', stop);
  });
}

function checkCertificate(tls: Tls): void {
  try {
    createSecureContext(tls);
  } catch (cause) {
    throw new OnwardError(
      'input',
      `expected a certificate and its key as PEM texts, but they cannot be used (${messageOf(cause)}); check --tls-cert and --tls-key`,
      { cause },
    );
  }
}
