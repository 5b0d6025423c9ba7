import type { Metadata } from '@grpc/grpc-js';
import type { Front } from '../http/index.js';
import { addressOfPeer, headersOf } from './metadata.js';
import type { Question, Reply } from './method.js';

/** The app: `fetch` of Hono. */
export type Fetch = (request: Request, env: { readonly front: Front }) => Response | Promise<Response>;

export interface Asking {
  readonly metadata: Metadata;
  /** Address and port of who asks. */
  readonly peer: string;
  /** Bytes of the message. */
  readonly length: number;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

/** Headers of an answer that its client gets, too: as metadata behind it. */
const told = ['x-request-id', 'x-onward-model', 'retry-after'] as const;

export interface Answered extends Reply {
  readonly trailers: readonly (readonly [string, string])[];
}

/** Asks the app as if it had come over HTTP, so that keys, rates, limits, metrics and errors are the same. */
export async function ask(
  fetch: Fetch,
  { method, path, body, refused }: Question,
  { metadata, peer, length, signal }: Asking,
): Promise<Answered> {
  const headers = headersOf(metadata);
  if (body) {
    headers.set('content-type', 'application/octet-stream');
    if (!refused) headers.set('content-length', String(length));
  }
  const request = new Request(`http://grpc${path}`, { method, headers, signal });
  const bodyOf = () => {
    const { bytes, head } = body!();
    // The app looks there once it has the body.
    if (head !== undefined) request.headers.set('inference-header-content-length', String(head));
    return bytes;
  };
  const response = await fetch(request, {
    front: { address: addressOfPeer(peer), ...(body && { body: bodyOf }) },
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return {
    status: response.status,
    bytes,
    head: Number(response.headers.get('inference-header-content-length') ?? bytes.length),
    trailers: told.flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    }),
  };
}
