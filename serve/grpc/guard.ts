import type { ServerHttp2Stream } from 'node:http2';
import type * as Grpc from '@grpc/grpc-js';
import type { PeerModules } from '../../machine/index.js';

type Refusal = Parameters<Grpc.ServerInterceptingCallInterface['sendStatus']>[0];

export interface GuardOptions {
  readonly grpc: PeerModules['@grpc/grpc-js'];
  /** Milliseconds for a whole message to come. */
  readonly requestTimeout: number;
  /** Bytes that the message of a call may have; undefined: as many as the server takes. */
  mostOf(path: string): number | undefined;
  /** Why a call is refused before its message is read; undefined where it is not. */
  refuse(path: string, metadata: Grpc.Metadata, peer: string): Promise<Refusal> | undefined;
}

/** What grpc-js has in a call, where it has no option for it. */
interface Inner {
  readonly stream?: ServerHttp2Stream;
  /** Of what is unpacked. */
  maxReceiveMessageSize: number;
  /** Refuses by the length that is announced. */
  readonly decoder: { maxReadMessageLength: number };
}

function limit(call: Inner, most: number): void {
  call.maxReceiveMessageSize = most;
  call.decoder.maxReadMessageLength = most;
}

/** Looks at calls before their messages: who may not ask is not read from, and who sends too slowly is cut. */
export function guard({ grpc, requestTimeout, mostOf, refuse }: GuardOptions): Grpc.ServerInterceptor {
  return function guarded({ path }, call) {
    // grpc-js answers early and then reads on for as long as a client sends; this stream is how to stop that.
    const { stream } = call as unknown as Inner;
    const most = mostOf(path);
    if (most !== undefined) limit(call as unknown as Inner, most);
    let whole = false;
    let clock: NodeJS.Timeout | undefined;
    return new grpc.ServerInterceptingCall(call, {
      start(next) {
        next({
          onReceiveMetadata(metadata, pass) {
            clock = setTimeout(() => {
              const details = `expected the whole request within ${requestTimeout / 1000} s, got a part of it`;
              call.sendStatus({ code: grpc.status.DEADLINE_EXCEEDED, details });
            }, requestTimeout);
            const refusal = refuse(path, metadata, call.getPeer());
            const failed = () => ({ code: grpc.status.INTERNAL, details: 'the server failed at this request' });
            if (refusal) refusal.catch(failed).then((status) => call.sendStatus(status));
            else pass(metadata);
          },
          onReceiveHalfClose(pass) {
            whole = true;
            clearTimeout(clock);
            pass();
          },
          // After every status, too.
          onCancel() {
            clearTimeout(clock);
            if (!whole) stream?.close();
          },
        });
      },
    });
  };
}
