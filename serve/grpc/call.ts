import type * as Grpc from '@grpc/grpc-js';
import type { PeerModules } from '../../machine/index.js';
import { type Asking, ask, type Fetch } from './ask.js';
import type { Codec, Message } from './codec.js';
import type { Method, Question } from './method.js';
import { codeOf, detailsOf } from './status.js';

export interface CallOptions {
  readonly grpc: PeerModules['@grpc/grpc-js'];
  readonly fetch: Fetch;
  readonly codec: Codec;
  readonly maxBytes: number;
}

/** What grpc-js calls for each call of a method: bytes in, bytes out. */
export function handlerOf(
  method: Method,
  { grpc, fetch, codec, maxBytes }: CallOptions,
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
      for (const [name, value] of reply.trailers) trailer.set(name, value);
      const also = method.also?.[reply.status];
      if (reply.status !== 200 && !also) return fail(reply.status, sentenceOf(reply.bytes));
      const bytes = codec.encode(method.response, also ?? method.answer(reply));
      answered = true;
      callback(null, bytes, trailer);
    } catch {
      // The app answers its own errors: this is for what nobody foresaw here.
      fail(500, 'the server failed at this request');
    }
  };
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

function sentenceOf(bytes: Uint8Array): string {
  const { error } = JSON.parse(Buffer.from(bytes).toString()) as Message;
  return String(error);
}
