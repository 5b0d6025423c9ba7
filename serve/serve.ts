import type { Server as HttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import { createAdaptorServer } from '@hono/node-server';
import { messageOf, OnwardError } from '../runtime/common/index.js';
import type { LoadedModel } from '../runtime/model/index.js';
import { type ClassifierOptions, classifier } from './classifier.js';
import { limitsOf } from './limits.js';
import { createEnding, listen } from './listen.js';

export interface ServeOptions extends Omit<ClassifierOptions, 'page'> {
  /** A loaded model, the path of a model.onnx, or that of a folder of models. */
  readonly model: LoadedModel | string;
  /** 0 takes a free one; default: 8080. */
  readonly port?: number | undefined;
  /** Default: 127.0.0.1, this machine alone; 0.0.0.0 is every network. */
  readonly host?: string | undefined;
  /** PEM texts; with them the server speaks https, which browsers on other machines need for WebGPU and for working offline. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Milliseconds that closing gives to requests that run; default: 10,000. */
  readonly grace?: number | undefined;
}

export interface Server {
  /** Where a browser on this machine finds it: `http://127.0.0.1:8080/`. */
  readonly url: string;
  readonly port: number;
  /** As requests name what answers those that name none; undefined where several are there and none is the default. */
  readonly modelName: string | undefined;
  /** What nothing proves of the models, a sentence each. */
  readonly notes: readonly string[];
  /** Takes no more requests, finishes those that run (at most `grace`), ends the worker threads. */
  close(): Promise<void>;
}

/**
 * Serves predictions and the page.
 * @throws OnwardError when the model is refused, the engine is missing or differs, or the port cannot be had
 */
export async function serve({
  model,
  port = 8080,
  host = '127.0.0.1',
  tls,
  grace = 10_000,
  ...options
}: ServeOptions): Promise<Server> {
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new OnwardError('usage', `expected the port to be a whole number from 0 to 65535, got ${port}`);
  }
  if (tls) checkCertificate(tls);
  const limits = limitsOf(options.limits ?? {});
  const app = await classifier(model, options);
  const server = createAdaptorServer({
    fetch: app.fetch,
    ...(tls && { createServer: createTlsServer }),
    serverOptions: {
      ...tls,
      headersTimeout: limits.headersTimeout,
      requestTimeout: limits.requestTimeout,
      keepAliveTimeout: limits.keepAliveTimeout,
      // How often those two are looked at: every 30 s is Node's own.
      connectionsCheckingInterval: Math.min(1000, limits.headersTimeout),
    } as object,
  }) as HttpServer;
  server.maxConnections = limits.maxConnections;
  const ending = createEnding(server);
  try {
    await listen(server, port, host);
  } catch (error) {
    await app.close();
    throw error;
  }
  const actual = (server.address() as AddressInfo).port;
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  let closing: Promise<void> | undefined;
  return {
    url: `${tls ? 'https' : 'http'}://${shown}:${actual}/`,
    port: actual,
    modelName: app.modelName,
    notes: app.notes,
    close() {
      closing ??= ending.finish(grace).then(() => app.close());
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
