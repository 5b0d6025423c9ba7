import { chmodSync } from 'node:fs';
import { lstat, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { messageOf, OnwardError } from '../../runtime/common/index.js';

/** Longer paths do not fit into what the system takes as an address. */
const longest = 107;

const refused = (path: string, why: string) => new OnwardError('system', `the socket ${path} ${why}`);

/**
 * Listens on a unix socket. One that a server left behind which is no more is replaced; one that is listened on, or another kind of
 * file, is not. The socket goes when the server closes.
 * @param mode of the file: who may write it may ask
 * @throws OnwardError kind `system`
 */
export async function listenOnSocket(server: Server, path: string, mode: number): Promise<void> {
  if (Buffer.byteLength(path) > longest) {
    throw refused(path, `has a path of more than ${longest} bytes, which sockets cannot have; choose a shorter one`);
  }
  await removeStale(path);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const advice = cause.code === 'EADDRINUSE' ? 'is in use' : `cannot be had (${messageOf(cause)})`;
      reject(refused(path, `${advice}; choose another with --socket`));
    });
    server.listen(path, resolve);
    try {
      // It is there when the call returns: nobody could connect to it with other rights before.
      chmodSync(path, mode);
    } catch {
      // It is not there, which the error says that comes now.
    }
  });
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return;
  if (!found.isSocket()) throw refused(path, 'would be in place of another file; choose another with --socket');
  const why = await new Promise<string | undefined>((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'ERROR'));
  });
  if (why === undefined) throw refused(path, 'is in use: a server listens there; choose another with --socket');
  if (why !== 'ECONNREFUSED' && why !== 'ENOENT')
    throw refused(path, `cannot be had (${why}); choose another with --socket`);
  await unlink(path).catch(() => {});
}
