import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { OnwardError } from '../common/index.js';

/** Where the build puts the page: beside the folder that this file is built into. */
const pageFolder = join(import.meta.dirname, '../../page');

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** Bytes for the page to fetch, and the ones that it posts back to the same address. */
export interface Exchange {
  readonly address: string;
  /** The bytes that were posted; undefined when nothing was. */
  answer(): Uint8Array<ArrayBuffer> | undefined;
  /** Forgets both. */
  end(): void;
}

export interface PageServer {
  readonly origin: string;
  offer(bytes: Uint8Array): Exchange;
  close(): Promise<void>;
}

/**
 * Serves the built page on a loopback port, with the headers that give it threads, to the browser that this process drives.
 * @throws OnwardError kind `missing` when the page was not built
 */
export async function servePage(): Promise<PageServer> {
  await readFile(join(pageFolder, 'engine.html')).catch(() => {
    throw new OnwardError('missing', 'the page in which the web engines run is not built; run `npm run build`');
  });
  const offered = new Map<string, { bytes: Uint8Array; answer?: Uint8Array<ArrayBuffer> }>();

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const exchange = offered.get(path);
    if (exchange && request.method === 'POST') {
      exchange.answer = await bodyOf(request);
      response.writeHead(204).end();
    } else if (exchange) {
      response.writeHead(200, { 'Content-Length': exchange.bytes.length }).end(exchange.bytes);
    } else {
      // `normalize` of an absolute path leaves no `..` that leads out of it.
      const body = await readFile(join(pageFolder, normalize(decodeURIComponent(path)))).catch(() => undefined);
      const type = types[extname(path)] ?? 'application/octet-stream';
      if (body) response.writeHead(200, { 'Content-Type': type, ...isolation }).end(body);
      else response.writeHead(404).end();
    }
  }

  const server = createServer((request, response) => {
    respond(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', listening);
  });
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    offer(bytes) {
      const address = `/exchange/${randomUUID()}`;
      offered.set(address, { bytes });
      return {
        address,
        answer: () => offered.get(address)?.answer,
        end: () => offered.delete(address),
      };
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  // A copy that starts its own buffer, so that it can be read as floats.
  return Uint8Array.from(Buffer.concat(chunks));
}
