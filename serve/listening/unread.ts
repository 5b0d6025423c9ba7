import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Server, Socket } from 'node:net';
import { headers } from '../http/index.js';

type Refusal = readonly [status: number, message: string];

const refusals: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'expected the whole request sooner, got a part of it'],
  HPE_HEADER_OVERFLOW: [431, 'expected headers of at most 16 KiB in all, got more'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'expected chunks without long extensions, got more than 16 KiB of them'],
};
const noHttp: Refusal = [400, 'expected a request of HTTP/1.1, got something else'];

/**
 * What Node gives up before any route sees it, or in the middle of its body, is answered as every error is: with our headers and
 * `{"error"}`. Nothing is said into an answer that has begun.
 */
export function answerUnread(server: Server): void {
  const answers = new WeakMap<Socket, ServerResponse>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.httpVersionMajor < 2) answers.set(request.socket, response);
  });
  (server as HttpServer).on('clientError', (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    const last = answers.get(socket);
    const amid = last?.headersSent && !last.writableFinished;
    // What is no fault of a request, a reset connection or a TLS handshake that failed, leaves nobody to answer to.
    const ofRequest = error.code?.startsWith('HPE_') || error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    if (!socket.writable || amid || !ofRequest) return void socket.destroy();
    const [status, message] = refusals[error.code ?? ''] ?? noHttp;
    const body = JSON.stringify({ error: message });
    const all = {
      ...headers,
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      Connection: 'close',
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`, () => socket.destroy());
  });
}
