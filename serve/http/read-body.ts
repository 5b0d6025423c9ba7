import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { OnwardError } from '../../runtime/common/index.js';
import { frontOf, headerOf, nodeOf } from './request.js';

/** By this event of a request of HTTP/2, with the milliseconds that it had, its body is given up. Of HTTP/1.1 Node does it by itself. */
export const tooSlow = Symbol('tooSlow');

/**
 * The whole body of a request, refused as soon as it is known to be too large: by the length that it announces, or while it
 * comes. Whoever keeps it copies it: it may be a piece of a larger buffer.
 * @param take is told of the bytes that came, each time, and may throw
 * @throws OnwardError kind `size`; HTTPException 400 when the client ends in the middle, 408 when it is too slow; what `take` throws
 */
export async function readBody(
  c: Context,
  maxBytes: number,
  take: (bytes: number) => void = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  const announced = Number(headerOf(c, 'content-length') ?? Number.NaN);
  if (announced > maxBytes) throw tooLarge(`${announced} bytes`, maxBytes);
  const front = frontOf(c);
  if (front?.body) {
    const bytes = front.body();
    if (bytes.length > maxBytes) throw tooLarge(`${bytes.length} bytes`, maxBytes);
    take(bytes.length);
    return bytes;
  }
  const incoming = nodeOf(c)?.incoming;
  // The app that this one is mounted in may have read it before; Hono has kept it then.
  if (incoming?.readableDidRead) return new Uint8Array(await c.req.arrayBuffer());
  const chunks = await (incoming ? chunksOf(incoming, maxBytes, take) : chunksOfWeb(c.req.raw, maxBytes, take)).catch(
    (error: unknown) => {
      c.set('partlyRead', true);
      throw error;
    },
  );
  if (chunks.length === 1) return chunks[0]!;
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

type Chunk = Uint8Array<ArrayBuffer>;

/** Whether a body was given up in its middle: nobody reads the rest, so the connection cannot carry another request. */
export const isPartlyRead = (c: Context): boolean => c.get('partlyRead') === true;

/** From Node's stream as it is: through a web stream it would take several times as long. */
function chunksOf(incoming: IncomingMessage, maxBytes: number, take: (bytes: number) => void): Promise<Chunk[]> {
  return new Promise((resolve, reject) => {
    const chunks: Chunk[] = [];
    let length = 0;
    const isHttp2 = incoming.httpVersionMajor >= 2;
    const add = (chunk: Buffer<ArrayBuffer>) => {
      length += chunk.length;
      if (length > maxBytes) return finish(() => reject(tooLarge('more', maxBytes)));
      try {
        take(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        finish(() => reject(error));
      }
    };
    const end = () => finish(() => resolve(chunks));
    const slow = (milliseconds: number) => {
      const message = `expected the whole request within ${milliseconds / 1000} s, got a part of it`;
      finish(() => reject(new HTTPException(408, { message })));
    };
    const close = () =>
      finish(() => reject(new HTTPException(400, { message: 'expected the whole body, but the upload ended before' })));
    function finish(settle: () => void): void {
      incoming.off('data', add).off('end', end).off('close', close).off('error', close);
      if (isHttp2) incoming.off(tooSlow, slow);
      // A stream without its error handled would end the process.
      incoming.on('error', () => {});
      if (!incoming.readableEnded) incoming.pause();
      settle();
    }
    if (incoming.destroyed) return close();
    incoming.on('data', add).on('end', end).on('close', close).on('error', close);
    if (isHttp2) incoming.on(tooSlow, slow);
  });
}

async function chunksOfWeb(request: Request, maxBytes: number, take: (bytes: number) => void): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge('more', maxBytes);
    take(chunk.length);
    chunks.push(chunk as Chunk);
  }
  return chunks;
}

const tooLarge = (came: string, maxBytes: number) =>
  new OnwardError('size', `expected an upload of at most ${maxBytes} bytes, got ${came}; send less at once`);
