import type * as Grpc from '@grpc/grpc-js';
import type { PeerModules } from '../../machine/index.js';
import { messageOf } from '../../runtime/common/index.js';
import type { Log } from '../http/index.js';
import { type Answered, type Asking, ask, type Fetch } from './ask.js';
import type { Codec, Message } from './codec.js';
import type { Method, Question } from './method.js';
import { codeOf, detailsOf } from './status.js';

export interface CallOptions {
  readonly grpc: PeerModules['@grpc/grpc-js'];
  readonly fetch: Fetch;
  readonly codec: Codec;
  readonly maxBytes: number;
  readonly log: Log;
}

/** What grpc-js calls for each call of a method: bytes in, bytes out. */
export function handlerOf(
  method: Method,
  { grpc, fetch, codec, maxBytes, log }: CallOptions,
): Grpc.handleUnaryCall<Buffer, Buffer> {
  return async function handle(call, callback) {
    const gone = new AbortController();
    let answered = false;
    // Cancelled by the client, or its deadline is over, or the connection is lost; and after every answer.
    call.on('cancelled', () => {
      if (!answered) gone.abort();
    });
    const asking: Asking = {
      metadata: call.metadata,
      peer: call.getPeer(),
      length: call.request.length,
      signal: gone.signal,
    };
    const trailer = new grpc.Metadata();
    const fail = (http: number, sentence: string) => {
      answered = true;
      callback({ code: codeOf(http), details: detailsOf(sentence), metadata: trailer });
    };
    try {
      const reply = await ask(fetch, questionOf(method, call.request, codec, maxBytes), asking);
      tell(trailer, reply);
      const also = method.also?.[reply.status];
      if (reply.status !== 200 && !also) return fail(reply.status, sentenceOf(reply.bytes));
      const bytes = codec.encode(method.response, also ?? method.answer(reply));
      answered = true;
      callback(null, bytes, trailer);
    } catch (error) {
      // The app answers its own errors: this is what nobody foresaw here.
      log('error', { message: `gRPC ${method.name}: ${messageOf(error)}`, stack: (error as Error).stack });
      fail(500, 'the server failed at this request; its log says why');
    }
  };
}

/** What stands in headers of the answer, for the client. */
export function tell(metadata: Grpc.Metadata, { trailers }: Answered): void {
  for (const [name, value] of trailers) metadata.set(name, value);
}

function questionOf(method: Method, bytes: Buffer, codec: Codec, maxBytes: number): Question {
  try {
    return method.ask(codec.decode(method.request, bytes), maxBytes);
  } catch (error) {
    const body = () => {
      throw error;
    };
    // The app refuses it where it would read it: so it is counted, limited and logged as everything.
    return { method: 'POST', path: '/v2/repository/index', body, refused: true };
  }
}

export function sentenceOf(bytes: Uint8Array): string {
  const { error } = JSON.parse(Buffer.from(bytes).toString()) as Message;
  return String(error);
}
