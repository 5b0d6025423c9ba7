import { Client, credentials, Metadata, type MethodDefinition, type ServiceError } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { onTestFinished } from 'vitest';
import { health, inference } from '#onward/serve/grpc/descriptor.js';

const rpc = (name: string) => ({ requestType: `${name}Request`, responseType: `${name}Response` });
const names = ['ServerLive', 'ServerReady', 'ModelReady', 'ServerMetadata', 'ModelMetadata', 'ModelInfer'];
const repository = ['RepositoryIndex', 'RepositoryModelLoad', 'RepositoryModelUnload'];

/** Both services as protobufjs reads and writes them, which we did not write. */
const definitions = fromJSON(
  {
    nested: {
      inference: {
        nested: {
          ...inference,
          GRPCInferenceService: {
            methods: Object.fromEntries([...names, ...repository].map((name) => [name, rpc(name)])),
          },
        },
      },
      health: { nested: { ...health, Health: { methods: { Check: rpc('HealthCheck') } } } },
    },
  } as never,
  { keepCase: true, longs: Number, defaults: true },
);
const { 'inference.GRPCInferenceService': service, 'health.Health': healthService } = definitions as never as Record<
  string,
  Record<string, MethodDefinition<object, object>>
>;

export interface Said {
  /** 0 is OK. */
  readonly code: number;
  readonly details: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the message has
  readonly answer?: any;
  readonly metadata: Readonly<Record<string, unknown>>;
}

interface AskOptions {
  readonly metadata?: Record<string, string>;
  /** Milliseconds from now. */
  readonly deadline?: number;
  readonly signal?: AbortSignal;
  /** The bytes of the message, in place of one. */
  readonly raw?: Buffer;
}

export interface GrpcClient {
  ask(method: string, request?: object, options?: AskOptions): Promise<Said>;
  close(): void;
}

/** @param cert of the server, for TLS */
export function grpcClient(port: number | undefined, cert?: string): GrpcClient {
  const client = new Client(
    `localhost:${port}`,
    cert === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(cert)),
    // Each client has a connection of its own.
    { 'grpc.use_local_subchannel_pool': 1, 'grpc.enable_retries': 0 },
  );
  onTestFinished(() => client.close());
  return {
    ask: (method, request = {}, { metadata = {}, deadline, signal, raw } = {}) =>
      new Promise((resolve) => {
        const checks = method === 'Check';
        const { path, requestSerialize, responseDeserialize } = (checks ? healthService : service)![method]!;
        const sent = new Metadata();
        for (const [name, value] of Object.entries(metadata)) sent.set(name, value);
        let answer: object | undefined;
        const call = client.makeUnaryRequest(
          checks ? '/grpc.health.v1.Health/Check' : path,
          raw ? () => raw : requestSerialize,
          responseDeserialize,
          request,
          sent,
          deadline === undefined ? {} : { deadline: Date.now() + deadline },
          (_: ServiceError | null, value?: object) => {
            answer = value;
          },
        );
        signal?.addEventListener('abort', () => call.cancel());
        call.on('status', ({ code, details, metadata: came }) => {
          // The answer is told after the status.
          setImmediate(() => resolve({ code, details, answer, metadata: came.getMap() }));
        });
      }),
    close: () => client.close(),
  };
}

/** A request as it travels. */
export const inferBytes = (request: object): Buffer => service!.ModelInfer!.requestSerialize(request);
