import type { Server } from 'node:net';
import { messageOf, OnwardError } from '../../runtime/common/index.js';

const whys: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use',
  EACCES: 'needs rights that this account does not have',
  EADDRNOTAVAIL: 'cannot be had: this machine has no such address',
  ENOTFOUND: 'cannot be had: there is no host of that name',
};

/**
 * @param flag by which another port would be chosen
 * @throws OnwardError kind `system` when the port cannot be had
 */
export async function listen(server: Server, port: number, host: string, flag = '--port'): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = whys[error.code ?? ''] ?? `cannot be had: ${messageOf(error)}`;
      const advice =
        error.code === 'EADDRINUSE' || error.code === 'EACCES'
          ? `choose another with ${flag}, for example ${flag} ${port < 1024 ? 8080 : Math.min(65535, port + 1)}`
          : 'choose another with --host';
      reject(new OnwardError('system', `port ${port} on ${host} ${why}; ${advice}`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}
