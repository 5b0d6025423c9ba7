import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { messageOf, OnwardError } from '../../../runtime/common/index.js';

const unpack: { readonly [encoding: string]: typeof gunzip } = { gzip: gunzip, deflate: inflate };

/**
 * A body without the compression that `Content-Encoding` names; never more than `maxBytes` of it.
 * @throws OnwardError kind `type` for another encoding, `size` for more bytes, `input` for what cannot be unpacked
 */
export async function unpacked(body: Uint8Array, encoding: string | undefined, maxBytes: number): Promise<Uint8Array> {
  const name = encoding?.trim().toLowerCase() || 'identity';
  if (name === 'identity') return body;
  const work = Object.hasOwn(unpack, name) ? unpack[name] : undefined;
  if (!work) {
    throw new OnwardError(
      'type',
      `expected a body as it is, or with the encoding gzip or deflate, got ${name.slice(0, 40)}`,
    );
  }
  const most = { maxOutputLength: maxBytes };
  try {
    return await promisify<Uint8Array, typeof most, Buffer>(work as never)(body, most);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new OnwardError('size', `expected a body of at most ${maxBytes} bytes once unpacked, got more`, { cause });
    }
    throw new OnwardError('input', `expected a body in ${name}, but it cannot be unpacked (${messageOf(cause)})`, {
      cause,
    });
  }
}
