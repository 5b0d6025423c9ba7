import type { Context } from 'hono';
import { freshHeaders } from './headers.js';
import { nodeOf } from './request.js';

/** What a prediction says of itself. */
export interface About {
  readonly type: 'application/json' | 'application/octet-stream';
  /** The model and version that made it: `digits/2`. */
  readonly by: string;
  /** So many bytes of the body are JSON, and the rest tensors. */
  readonly jsonBytes?: number | undefined;
}

/**
 * A prediction with every header of its own: those who answer thousands of times a second spare the seven calls to Node that
 * setting them one by one would be. The middlewares see that it is done.
 */
export function answer(c: Context, body: string | Uint8Array<ArrayBuffer>, { type, by, jsonBytes }: About): Response {
  const all = freshHeaders();
  all['X-Request-Id'] = c.get('requestId') as string;
  all['Content-Type'] = type;
  all['X-Onward-Model'] = by;
  if (jsonBytes !== undefined) all['Inference-Header-Content-Length'] = String(jsonBytes);
  c.set('hasHeaders', true);
  return nodeOf(c) ? new Response(body, { headers: all }) : c.body(body, 200, all);
}

/** Whether `answer` has put them on already. */
export const hasHeaders = (c: Context): boolean => c.get('hasHeaders') === true;
