import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { readBody } from './read-body.js';

/** Reads the body of its request. @throws as `readBody`; HTTPException 503 where all that are held have no room for it */
export type Read = (maxBytes: number) => Promise<Uint8Array<ArrayBuffer>>;

/** The bodies of all requests that are read or worked on. */
export interface Bodies {
  /** A handler whose body counts from its first byte until its answer. */
  readonly held: (handle: (c: Context, read: Read) => Promise<Response>) => (c: Context) => Promise<Response>;
}

/** @param most bytes of all together: many connections that send slowly take memory for as long as they may */
export function createBodies(most: number): Bodies {
  let total = 0;
  return {
    held: (handle) =>
      async function held(c) {
        let own = 0;
        const take = (bytes: number) => {
          if (total + bytes > most) {
            throw new HTTPException(503, {
              message: 'the server is busy: other uploads take all of its room; try again',
            });
          }
          own += bytes;
          total += bytes;
        };
        try {
          return await handle(c, (maxBytes) => readBody(c, maxBytes, take));
        } finally {
          total -= own;
        }
      },
  };
}
