import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Session } from 'node:http2';
import type { Server, Socket } from 'node:net';

/** Ends a server so that every request that it has read is answered. */
export interface Ending {
  /** Takes no new connections; resolves when all are closed, or were cut after so many milliseconds. */
  finish(milliseconds: number): Promise<void>;
}

export function createEnding(server: Server): Ending {
  const answering = new Set<ServerResponse>();
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<Socket>();
  let ending = false;
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    // HTTP/2 says goodbye for the whole connection instead.
    if (request.httpVersionMajor >= 2) return;
    // The client then asks somebody else next time, on another connection.
    if (ending) response.setHeader('Connection', 'close');
    answering.add(response);
    response.once('close', () => answering.delete(response));
  });
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return {
    async finish(milliseconds) {
      ending = true;
      for (const response of answering) if (!response.headersSent) response.setHeader('Connection', 'close');
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.close();
      // A connection that is kept alive becomes idle only after its answer.
      const idle = setInterval(() => (server as HttpServer).closeIdleConnections(), 50);
      const last = setTimeout(() => {
        for (const session of sessions) session.destroy();
        for (const socket of sockets) socket.destroy();
      }, milliseconds);
      await closed;
      clearInterval(idle);
      clearTimeout(last);
    },
  };
}
