import type { AddressInfo } from 'node:net';
import { OnwardError } from '../runtime/common/index.js';
import type { LoadedModel } from '../runtime/model/index.js';
import { type Classifier, type ClassifierOptions, classifier } from './classifier.js';
import { createGrpcServer } from './grpc/index.js';
import { jsonLog } from './http/index.js';
import { limitsOf } from './limits.js';
import { createEnding, createServer, listen, listenOnSocket, type Tls } from './listening/index.js';
import { patientlyEnded } from './workers/index.js';

export interface ServeOptions extends Omit<ClassifierOptions, 'page'> {
  /** A loaded model, the path of a model.onnx, or that of a folder of models. */
  readonly model: LoadedModel | string;
  /** 0 takes a free one; default: 8080. */
  readonly port?: number | undefined;
  /** Default: 127.0.0.1, this machine alone; 0.0.0.0 is every network. */
  readonly host?: string | undefined;
  /**
   * Names of this server besides `localhost` and addresses; `*`: every one. Default: none where it listens on this machine alone and
   * no proxy is trusted, else every one.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /** PEM texts; with them the server speaks https, which browsers on other machines need for WebGPU and for working offline. */
  readonly tls?: Tls | undefined;
  /** With `tls`: HTTP/2 too; default: false. */
  readonly http2?: boolean | undefined;
  /** A port for the Open Inference Protocol over gRPC, too; 0 takes a free one; default: none. */
  readonly grpcPort?: number | undefined;
  /** The path of a unix socket to listen on, in place of a port. */
  readonly socket?: string | undefined;
  /** Of that socket: who may write it may ask; default: 0o600, this account alone. */
  readonly socketMode?: number | undefined;
  /** Milliseconds that closing gives to requests that run; default: 10,000. */
  readonly grace?: number | undefined;
}

export interface Server {
  /** Where a browser on this machine finds it: `http://127.0.0.1:8080/`; of a socket `unix:` and its path. */
  readonly url: string;
  /** 0 of a socket. */
  readonly port: number;
  /** That of gRPC; undefined without one. */
  readonly grpcPort: number | undefined;
  /** As requests name what answers those that name none; undefined where several are there and none is the default. */
  readonly modelName: string | undefined;
  /** Whether what answers those that name none, or where there is no such any model, takes images; all take tensors. */
  readonly classifies: boolean;
  /** What nothing proves of the models, a sentence each. */
  readonly notes: readonly string[];
  /**
   * Takes no more requests, finishes those that run (at most `grace`), ends the worker threads. Where one hangs it resolves some
   * seconds after all the same, with that thread in `hanging`.
   */
  close(): Promise<void>;
}

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || /^127\./.test(host);

/** Milliseconds for what nobody waits for any more; a thread gets less. */
const patience = 8000;

/**
 * Serves predictions and the page.
 * @throws OnwardError when the model is refused, the engine is missing or differs, or the port cannot be had
 */
export async function serve({
  model,
  port = 8080,
  host = '127.0.0.1',
  tls,
  http2 = false,
  grpcPort,
  socket,
  socketMode,
  grace = 10_000,
  ...options
}: ServeOptions): Promise<Server> {
  for (const one of [port, grpcPort ?? 0]) {
    if (Number.isInteger(one) && one >= 0 && one <= 65535) continue;
    throw new OnwardError('usage', `expected the port to be a whole number from 0 to 65535, got ${one}`);
  }
  if (socketMode !== undefined && !(Number.isInteger(socketMode) && socketMode >= 0 && socketMode <= 0o777)) {
    throw new OnwardError('usage', `expected the mode of the socket to be from 0 to 0o777, got ${socketMode}`);
  }
  const limits = limitsOf(options.limits ?? {});
  // What cannot be is said before a model is opened.
  let fetch: Classifier['fetch'] | undefined;
  const server = createServer({ fetch: (request, env) => fetch!(request, env), tls, http2, limits });
  const { keys, log = console.error } = options;
  const grpc =
    grpcPort === undefined
      ? undefined
      : await createGrpcServer({ fetch: (request, env) => fetch!(request, env), tls, limits, keys, log: jsonLog(log) });
  // Who asks from a page of this machine says so; behind a proxy or on a network every name may be right.
  const alone = socket === undefined && isLoopback(host) && !options.trustProxy?.length;
  const app = await classifier(model, { ...options, allowedHosts: options.allowedHosts ?? (alone ? [] : undefined) });
  fetch = app.fetch;
  const ending = createEnding(server);
  let grpcListens: number | undefined;
  try {
    await (socket === undefined ? listen(server, port, host) : listenOnSocket(server, socket, socketMode ?? 0o600));
    grpcListens = await grpc?.listen(grpcPort!, host);
  } catch (error) {
    if (server.listening) await ending.finish(0);
    await app.close();
    throw error;
  }
  const actual = socket === undefined ? (server.address() as AddressInfo).port : 0;
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  let closing: Promise<void> | undefined;
  return {
    url: socket === undefined ? `${tls ? 'https' : 'http'}://${shown}:${actual}/` : `unix:${socket}`,
    port: actual,
    grpcPort: grpcListens,
    modelName: app.modelName,
    classifies: app.classifies,
    notes: app.notes,
    close() {
      closing ??= Promise.all([ending.finish(grace), grpc?.finish(grace)]).then(() =>
        patientlyEnded(app, app.close(), patience),
      );
      return closing;
    },
  };
}
