import { OnwardError } from '../runtime/common/index.js';

/**
 * The whole body of a request, refused as soon as it is known to be too large: by the length that it announces, or while it comes.
 * @throws OnwardError kind `size`
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const announced = Number(request.headers.get('content-length') ?? Number.NaN);
  if (announced > maxBytes) throw tooLarge(`${announced} bytes`, maxBytes);

  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge('more', maxBytes);
    chunks.push(chunk);
  }
  // An own buffer, so that it can be handed over to a worker without a copy.
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

const tooLarge = (came: string, maxBytes: number) =>
  new OnwardError('size', `expected an upload of at most ${maxBytes} bytes, got ${came}; send a smaller image`);
