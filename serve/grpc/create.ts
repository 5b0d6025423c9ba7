import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import type * as Grpc from '@grpc/grpc-js';
import { importPeer } from '../../machine/index.js';
import { type ApiKey, keyShown, type Log, ownerOf } from '../http/index.js';
import type { Limits } from '../limits.js';
import { listen, type Tls } from '../listening/index.js';
import { type Asking, ask, type Fetch } from './ask.js';
import { type CallOptions, handlerOf, sentenceOf, tell } from './call.js';
import { createCodec } from './codec.js';
import { health, inference } from './descriptor.js';
import { guard } from './guard.js';
import { healthMethods, inferenceMethods } from './methods.js';
import { codeOf, detailsOf } from './status.js';

export interface GrpcOptions {
  readonly fetch: Fetch;
  readonly tls: Tls | undefined;
  readonly limits: Limits;
  /** Who may ask: others are refused before their message is read. */
  readonly keys: readonly ApiKey[] | undefined;
  readonly log: Log;
}

export interface GrpcServer {
  /** @returns the port @throws OnwardError kind `system` when it cannot be had */
  listen(port: number, host: string): Promise<number>;
  /** Takes no new connections and calls; resolves when those that run are answered, or were cut after so many milliseconds. */
  finish(milliseconds: number): Promise<void>;
}

/** Calls that one connection may have open, as with HTTP/2. */
const maxConcurrentStreams = 100;
/** Of a call that needs no key: what is asked there says nothing or a name. */
const openBytes = 64 * 1024;
/** Clients keep connections for calls to come; to one that is closed in time they connect again by themselves. */
const idleMilliseconds = 300_000;

const services = [
  { name: 'inference.GRPCInferenceService', methods: inferenceMethods, codec: createCodec(inference) },
  { name: 'grpc.health.v1.Health', methods: healthMethods, codec: createCodec(health) },
];
const open = new Set(
  services.flatMap(({ name, methods }) => methods.filter((method) => method.open).map((one) => `/${name}/${one.name}`)),
);

/**
 * A server of gRPC before an app: every call becomes a request to it.
 * @throws OnwardError kind `missing` without the package that speaks gRPC
 */
export async function createGrpcServer({ fetch, tls, limits, keys, log }: GrpcOptions): Promise<GrpcServer> {
  const grpc = await importPeer('@grpc/grpc-js');
  const { maxBodyBytes: maxBytes, maxConnections, requestTimeout } = limits;

  const mostOf = (path: string) => (open.has(path) ? Math.min(openBytes, maxBytes) : undefined);

  function refuse(path: string, metadata: Grpc.Metadata, peer: string) {
    if (!keys || open.has(path)) return undefined;
    const shown = keyShown((name) => metadata.get(name).map(String).join(', ') || undefined);
    if (shown !== undefined && ownerOf(shown, keys) !== undefined) return undefined;
    // The app says it, and counts it.
    const asking: Asking = { metadata, peer, length: 0, signal: new AbortController().signal };
    return ask(fetch, { method: 'GET', path: '/v2' }, asking).then((answered) => {
      const trailer = new grpc.Metadata();
      tell(trailer, answered);
      return { code: codeOf(answered.status), details: detailsOf(sentenceOf(answered.bytes)), metadata: trailer };
    });
  }

  const server = new grpc.Server({
    'grpc.max_receive_message_length': maxBytes,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': maxConcurrentStreams,
    'grpc.max_connection_idle_ms': idleMilliseconds,
    // Counts for a service that nobody asks here.
    'grpc.enable_channelz': 0,
    interceptors: [guard({ grpc, requestTimeout, mostOf, refuse })],
  });
  for (const { name, methods, codec } of services) {
    const options: CallOptions = { grpc, fetch, codec, maxBytes, log };
    server.addService(
      Object.fromEntries(methods.map((method) => [method.name, definitionOf(`/${name}/${method.name}`)])),
      Object.fromEntries(methods.map((method) => [method.name, handlerOf(method, options)])),
    );
  }
  const credentials = tls
    ? grpc.ServerCredentials.createSsl(null, [{ cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) }])
    : grpc.ServerCredentials.createInsecure();
  const injector = server.createConnectionInjector(credentials);
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Whoever goes in the middle of a handshake.
    socket.on('error', () => {});
    injector.injectConnection(socket);
  });
  listener.maxConnections = maxConnections;
  return {
    async listen(port, host) {
      await listen(listener, port, host, '--grpc-port');
      return (listener.address() as AddressInfo).port;
    },
    async finish(milliseconds) {
      listener.close();
      const last = setTimeout(() => {
        server.forceShutdown();
        for (const socket of sockets) socket.destroy();
      }, milliseconds);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      clearTimeout(last);
      // What never became a connection of HTTP/2.
      for (const socket of sockets) socket.destroy();
    },
  };
}

const same = (bytes: Buffer) => bytes;

/** Messages stay bytes here: one that cannot be read is answered by a sentence. */
const definitionOf = (path: string): Grpc.MethodDefinition<Buffer, Buffer> => ({
  path,
  requestStream: false,
  responseStream: false,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
});
