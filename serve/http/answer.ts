import type { Context } from 'hono';
import { headers } from './headers.js';
import { nodeOf } from './request.js';

type Headers = { readonly [name: string]: string };

/**
 * An answer with every header of its own: those who answer thousands of times a second spare the seven calls to Node that
 * setting them one by one would be. The middlewares see that it is done.
 */
export function answer(c: Context, body: string | Uint8Array<ArrayBuffer>, ...own: readonly Headers[]): Response {
  if (!nodeOf(c)) return c.body(body, 200, Object.assign({}, ...own));
  c.set('hasHeaders', true);
  // One by one onto a copy, which is several times as fast as spreading them into it.
  const all: Record<string, string> = { ...headers };
  all['X-Request-Id'] = c.get('requestId') as string;
  for (const some of own) for (const name of Object.keys(some)) all[name] = some[name]!;
  return new Response(body, { headers: all });
}

/** Whether `answer` has put them on already. */
export const hasHeaders = (c: Context): boolean => c.get('hasHeaders') === true;
