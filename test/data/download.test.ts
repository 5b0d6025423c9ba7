import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSource } from 'onward/data';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { download } from '#onward/data/fetch/download.js';

const content = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 255));
const md5 = createHash('md5').update(content).digest('hex');

type Answer = (request: IncomingMessage, response: ServerResponse, from: number) => void;

let folder: string;
let server: Server;
let url: string;
/** What the server does with the first, second, ... request; the last one stays. */
let answers: Answer[];
let ranges: (string | undefined)[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onward-download-'));
  ranges = [];
  server = createServer((request, response) => {
    const { range } = request.headers;
    ranges.push(range);
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    (answers.length > 1 ? answers.shift()! : answers[0]!)(request, response, from);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.bin`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

const head = (response: ServerResponse, from: number, total = content.length) =>
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': total - from,
    ...(from > 0 && { 'content-range': `bytes ${from}-${total - 1}/${total}` }),
  });
const whole: Answer = (_, response, from) => void head(response, from).end(content.subarray(from));
/** Breaks the connection after so many bytes. */
const breaksAfter =
  (bytes: number): Answer =>
  (_, response, from) => {
    head(response, from).write(content.subarray(from, from + bytes), () => setTimeout(() => response.destroy(), 20));
  };
const status =
  (code: number): Answer =>
  (_, response) =>
    void response.writeHead(code).end('no');

const path = () => join(folder, 'deep', 'file.bin');
const get = (options: Partial<Parameters<typeof download>[2]> = {}) =>
  download(url, path(), { md5, pause: 1, ...options });

describe('a download', () => {
  it('comes whole, with progress', async () => {
    answers = [whole];
    const seen: number[] = [];
    await get({ onProgress: (done, total) => seen.push(done / total) });
    expect(readFileSync(path())).toEqual(content);
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    // There already: nobody is asked.
    await get();
    expect(ranges).toHaveLength(1);
  });

  it('goes on where it broke off, again and again', async () => {
    answers = [breaksAfter(50_000), breaksAfter(70_000), status(503), breaksAfter(1), whole];
    await get();
    expect(readFileSync(path())).toEqual(content);
    expect(ranges).toHaveLength(5);
    expect(ranges[0]).toBeUndefined();
    const starts = ranges.slice(1).map((range) => Number(/\d+/.exec(range!)![0]));
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    expect(starts[0]).toBeGreaterThan(0);
    expect(readdirSync(join(folder, 'deep'))).toEqual(['file.bin']);
  });

  it('keeps what has come when it is given up, and the next call goes on', async () => {
    answers = [breaksAfter(80_000), status(500)];
    await expect(get({ tries: 3 })).rejects.toMatchObject({
      kind: 'system',
      message: expect.stringMatching(/cannot be fetched \(the server says 500 .*it goes on at byte \d+/),
    });
    expect(existsSync(path())).toBe(false);
    answers = [whole];
    await get();
    expect(readFileSync(path())).toEqual(content);
    expect(ranges.at(-1)).toMatch(/^bytes=\d+-$/);
  });

  it('starts again where the server knows no ranges', async () => {
    const plain: Answer = (_, response) => void head(response, 0).end(content);
    answers = [breaksAfter(50_000), plain];
    await get();
    expect(readFileSync(path())).toEqual(content);
  });

  it('starts again when its beginning is of another file', async () => {
    answers = [breaksAfter(50_000), status(404)];
    await expect(get()).rejects.toMatchObject({ kind: 'input' });
    writeFileSync(`${path()}.part`, content.subarray(1, 50_001));
    answers = [whole];
    await get();
    expect(readFileSync(path())).toEqual(content);
    expect(ranges.slice(-2)).toEqual(['bytes=50000-', undefined]);
  });

  it('finishes when only its name was missing', async () => {
    answers = [breaksAfter(10), status(404)];
    await expect(get()).rejects.toThrow();
    writeFileSync(`${path()}.part`, content);
    answers = [(_, response) => void response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end()];
    await get();
    expect(readFileSync(path())).toEqual(content);
  });

  it('with the wrong md5 is refused and leaves nothing', async () => {
    answers = [whole];
    await expect(get({ md5: '0'.repeat(32) })).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringMatching(
        new RegExp(`is not the file that was expected: its md5 is ${md5}, not 0+; it was thrown away`),
      ),
    });
    expect(readdirSync(join(folder, 'deep'))).toEqual([]);
  });

  it('is not tried again where the server says no', async () => {
    answers = [status(404)];
    await expect(get()).rejects.toThrow('the server says 404 Not Found; check the address');
    expect(ranges).toHaveLength(1);
  });

  it('does not wait for ever', async () => {
    const silent: Answer = (_, response, from) => void head(response, from).write(content.subarray(from, from + 100));
    answers = [silent];
    await expect(get({ patience: 50, tries: 1 })).rejects.toThrow('nothing came for 0.05 s');
  });

  it('stops when it is told to, and keeps what has come', async () => {
    const controller = new AbortController();
    answers = [(_, response, from) => void head(response, from).write(content.subarray(from, from + 5000))];
    const run = get({ signal: controller.signal, onProgress: () => controller.abort() });
    await expect(run).rejects.toMatchObject({ kind: 'interrupted' });
    expect(readdirSync(join(folder, 'deep'))).toEqual(['file.bin.part']);
  });

  it('says when nobody is there', async () => {
    await expect(download('http://127.0.0.1:1/x', path(), { md5, pause: 1, tries: 2 })).rejects.toMatchObject({
      kind: 'system',
      message: expect.stringContaining('check the network and run this again'),
    });
  });
});

describe('svhn', () => {
  it('is fetched from its address, and refused when it is something else', async () => {
    vi.stubEnv('ONWARD_CACHE', folder);
    vi.stubEnv('ONWARD_SVHN', url.replace('/file.bin', '/housenumbers/'));
    answers = [whole];
    await expect(openSource('svhn')).rejects.toMatchObject({
      message: expect.stringMatching(
        /housenumbers\/train_32x32.mat is not the file that was expected: .* not e26dedcc434d2e4c54c9b2d4a06d8373/,
      ),
    });
  });
});
