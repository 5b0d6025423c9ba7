import type { Server as HttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import { createAdaptorServer } from '@hono/node-server';
import { messageOf, OnwardError } from '../runtime/common/index.js';
import type { LoadedModel } from '../runtime/model/index.js';
import { loadModelFile } from '../runtime/model/index.node.js';
import { type AppOptions, createApp } from './app.js';
import { readPage } from './page.js';
import { createPool, type PoolOptions } from './pool.js';

export interface ServeOptions extends Omit<PoolOptions, 'model' | 'filename'>, Pick<AppOptions, 'maxBodyBytes'> {
  /** A loaded model, or the path of a model.onnx. */
  readonly model: LoadedModel | string;
  /** 0 takes a free one; default: 8080. */
  readonly port?: number | undefined;
  /** Default: 127.0.0.1, this machine alone; 0.0.0.0 is every network. */
  readonly host?: string | undefined;
  /** PEM texts; with them the server speaks https, which browsers on other machines need for WebGPU and for working offline. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

export interface Server {
  /** Where a browser on this machine finds it: `http://127.0.0.1:8080/`. */
  readonly url: string;
  readonly port: number;
  /** Takes no more requests, finishes those that run (at most 10 s), ends the worker threads. */
  close(): Promise<void>;
}

/**
 * Serves predictions and the page.
 * @throws OnwardError when the model is refused, the engine is missing or differs, or the port cannot be had
 */
export async function serve({
  model: given,
  port = 8080,
  host = '127.0.0.1',
  tls,
  maxBodyBytes,
  log = console.error,
  ...pooling
}: ServeOptions): Promise<Server> {
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new OnwardError('usage', `expected the port to be a whole number from 0 to 65535, got ${port}`);
  }
  if (tls) checkCertificate(tls);
  const model = typeof given === 'string' ? await loadModelFile(given) : given;
  const page = await readPage(model, { server: true });
  const pool = await createPool({ ...pooling, model, log });
  const { fetch } = createApp({ model, pool, page, maxBodyBytes, log });
  const server = createAdaptorServer({
    fetch,
    ...(tls && { createServer: createTlsServer, serverOptions: tls }),
  }) as HttpServer;
  try {
    await listen(server, port, host);
  } catch (error) {
    await pool.close();
    throw error;
  }
  const actual = (server.address() as AddressInfo).port;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  let closing: Promise<void> | undefined;
  return {
    url: `${tls ? 'https' : 'http'}://${name}:${actual}/`,
    port: actual,
    close() {
      closing ??= finish(server).then(() => pool.close());
      return closing;
    },
  };
}

function checkCertificate(tls: NonNullable<ServeOptions['tls']>): void {
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

const whys: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use',
  EACCES: 'needs rights that this account does not have',
  EADDRNOTAVAIL: 'cannot be had: this machine has no such address',
  ENOTFOUND: 'cannot be had: there is no host of that name',
};

async function listen(server: HttpServer, port: number, host: string): Promise<void> {
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

async function finish(server: HttpServer): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that is kept alive becomes idle only after its answer.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const last = setTimeout(() => server.closeAllConnections(), 10_000);
  await closed;
  clearInterval(idle);
  clearTimeout(last);
}
