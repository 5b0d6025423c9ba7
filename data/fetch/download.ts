import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { makeFolder, withLock } from '../../machine/index.js';
import { messageOf, OnwardError } from '../../runtime/common/index.js';

export interface DownloadOptions {
  /** 32 hex digits: what the whole file must have. Without it, every file that comes whole is taken. */
  readonly md5?: string | undefined;
  /** Bytes that are there, and bytes in all where the server said so. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How often in a row nothing more may come before it is given up. Default: 4. */
  readonly tries?: number;
  /** Milliseconds without a byte that count as broken off. Default: 60,000. */
  readonly patience?: number;
  /** Milliseconds before the next try, times the number of tries. Default: 1,000. */
  readonly pause?: number;
}

/**
 * Brings a file from the network: under its name whole and with the right md5, or not at all. What has come so far lies
 * beside it as `.part`, and the next try, of this call or another, goes on from there (HTTP ranges).
 *
 * @throws OnwardError kind `input` when the server refuses or the md5 is wrong, `system` when it breaks off again and
 *   again, `interrupted` when `signal` fires
 */
export async function download(url: string, path: string, options: DownloadOptions): Promise<void> {
  await makeFolder(dirname(path));
  await withLock(
    path,
    async () => {
      if (await isThere(path)) return;
      const part = `${path}.part`;
      const resumed = (await sizeOf(part)) > 0;
      await fetchAll(url, part, options);
      if (options.md5 === undefined) return rename(part, path);
      let found = await md5Of(part);
      if (found !== options.md5 && resumed) {
        // Its beginning may be of another day's file.
        await rm(part);
        await fetchAll(url, part, options);
        found = await md5Of(part);
      }
      if (found !== options.md5) {
        await rm(part);
        throw new OnwardError(
          'input',
          `${url} is not the file that was expected: its md5 is ${found}, not ${options.md5}; it was thrown away; try again later, or fetch ${basename(path)} elsewhere and give its folder`,
        );
      }
      await rename(part, path);
    },
    undefined,
    options.signal,
  );
}

async function fetchAll(url: string, part: string, options: DownloadOptions): Promise<void> {
  const { tries = 4, pause = 1000, signal } = options;
  let failures = 0;
  for (;;) {
    const before = await sizeOf(part);
    try {
      await fetchRest(url, part, before, options);
      return;
    } catch (error) {
      if (signal?.aborted) {
        throw new OnwardError('interrupted', `stopped while fetching ${url}; what has come is kept`);
      }
      if (error instanceof OnwardError) throw error;
      failures = (await sizeOf(part)) > before ? 1 : failures + 1;
      if (failures >= tries) {
        throw new OnwardError(
          'system',
          `${url} cannot be fetched (${causeOf(error)}): check the network and run this again, it goes on at byte ${await sizeOf(part)}`,
          { cause: error },
        );
      }
      await new Promise((done) => setTimeout(done, pause * failures));
    }
  }
}

/** From byte `from` on. Ends well only when all bytes that the server announced have come. */
async function fetchRest(
  url: string,
  part: string,
  from: number,
  { onProgress, signal, patience = 60_000 }: DownloadOptions,
): Promise<void> {
  const idle = new AbortController();
  const stop = () => idle.abort(new Error('stopped'));
  signal?.addEventListener('abort', stop);
  const wait = () => setTimeout(() => idle.abort(new Error(`nothing came for ${patience / 1000} s`)), patience);
  let timer = wait();
  try {
    // Unpacked on the way, byte positions would mean nothing.
    const headers = { 'accept-encoding': 'identity', ...(from > 0 && { range: `bytes=${from}-` }) };
    const response = await fetch(url, { headers, signal: idle.signal });
    const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
    // Nothing is left: it was whole already.
    if (response.status === 416 && range && Number(range[2]) === from) return;
    if (response.status === 416) await rm(part);
    if (response.status >= 400 && response.status < 500 && ![408, 416, 429].includes(response.status)) {
      throw new OnwardError(
        'input',
        `${url} cannot be fetched: the server says ${response.status} ${response.statusText}; check the address`,
      );
    }
    if (!response.ok || !response.body) throw new Error(`the server says ${response.status} ${response.statusText}`);
    const resumed = response.status === 206 && range !== null && Number(range[1]) === from;
    const start = resumed ? from : 0;
    const total = start + Number(response.headers.get('content-length') ?? Number.NaN);
    const file = await open(part, resumed ? 'a' : 'w');
    let done = start;
    try {
      for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
        clearTimeout(timer);
        await file.write(piece);
        done += piece.length;
        onProgress?.(done, Number.isNaN(total) ? done : total);
        timer = wait();
      }
    } finally {
      await file.close();
    }
    if (!Number.isNaN(total) && done !== total) throw new Error(`it broke off at byte ${done} of ${total}`);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece);
  return hash.digest('hex');
}

const sizeOf = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

const isThere = async (path: string) =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/** `fetch failed` says nothing; its cause does. */
function causeOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  return cause ? messageOf(cause) : messageOf(error);
}
