import type { Server as HttpServer, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { messageOf, OnwardError } from '../runtime/common/index.js';

const whys: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use',
  EACCES: 'needs rights that this account does not have',
  EADDRNOTAVAIL: 'cannot be had: this machine has no such address',
  ENOTFOUND: 'cannot be had: there is no host of that name',
};

/** @throws OnwardError kind `system` when the port cannot be had */
export async function listen(server: HttpServer, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = whys[error.code ?? ''] ?? `cannot be had: ${messageOf(error)}`;
      const advice =
        error.code === 'EADDRINUSE' || error.code === 'EACCES'
          ? `choose another with --port, for example --port ${port < 1024 ? 8080 : Math.min(65535, port + 1)}`
          : 'choose another with --host';
      reject(new OnwardError('system', `port ${port} on ${host} ${why}; ${advice}`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

/** Ends a server so that every request that it has read is answered. */
export interface Ending {
  /** Takes no new connections; resolves when all are closed, or were cut after so many milliseconds. */
  finish(milliseconds: number): Promise<void>;
}

export function createEnding(server: HttpServer): Ending {
  const answering = new Set<ServerResponse>();
  let ending = false;
  server.prependListener('request', (_, response: ServerResponse) => {
    // The client then asks somebody else next time, on another connection.
    if (ending) response.setHeader('Connection', 'close');
    answering.add(response);
    response.once('close', () => answering.delete(response));
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return {
    async finish(milliseconds) {
      ending = true;
      for (const response of answering) if (!response.headersSent) response.setHeader('Connection', 'close');
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A connection that is kept alive becomes idle only after its answer.
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      const last = setTimeout(() => {
        server.closeAllConnections();
        for (const socket of sockets) socket.destroy();
      }, milliseconds);
      await closed;
      clearInterval(idle);
      clearTimeout(last);
    },
  };
}
