import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** Node's own request and answer; undefined where another host runs the app. */
export function nodeOf(c: Context): HttpBindings | undefined {
  const env = c.env as Partial<HttpBindings> | undefined;
  return env?.incoming && env.outgoing ? (env as HttpBindings) : undefined;
}

/** What a front that is not Node's HTTP server gives with a request, in the `env` of the app's `fetch`. */
export interface Front {
  /** Of who asks. */
  readonly address: string;
  /** Makes the request's body. What it throws is answered as every error. */
  readonly body?: () => Uint8Array<ArrayBuffer>;
}

export const frontOf = (c: Context): Front | undefined => (c.env as { readonly front?: Front } | undefined)?.front;

/** A header of a request by its lower-case name. */
export function headerOf(c: Context, name: string): string | undefined {
  const node = nodeOf(c);
  if (!node) return c.req.header(name);
  const value = node.incoming.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Calls once when the client leaves before it has its answer. */
export function whenGone(c: Context, call: () => void): void {
  const outgoing = nodeOf(c)?.outgoing;
  if (outgoing) {
    if (outgoing.destroyed) call();
    else
      outgoing.once('close', () => {
        if (!outgoing.writableFinished) call();
      });
    return;
  }
  const { signal } = c.req.raw;
  if (signal.aborted) call();
  else signal.addEventListener('abort', call, { once: true });
}

/** The host that a request names, with its port; undefined of one that names none, or came through a front. */
export function hostOf(c: Context): string | undefined {
  if (frontOf(c)) return undefined;
  const headers = nodeOf(c)?.incoming.headers;
  if (!headers) return new URL(c.req.url).host;
  // HTTP/2 has it among what stands before the headers.
  return headers.host ?? (headers[':authority'] as string | undefined);
}
