import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from 'onward/image';
import { type ServeOptions, serve } from 'onward/serve';
import { describe, expect, onTestFinished, test } from 'vitest';
import { modelOf } from '../runtime/engines/models.js';
import { pngOf } from './helpers.js';

const model = modelOf();

async function started(options: Partial<ServeOptions> = {}) {
  const server = await serve({ model, port: 0, workers: 1, log: () => {}, ...options });
  onTestFinished(() => server.close());
  return server;
}

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'onward-test-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

describe('serve', () => {
  test('answers on a port, from a path too', async () => {
    const path = join(await folder(), 'model.onnx');
    await writeFile(path, model.bytes);
    const { url, port } = await started({ model: path });
    expect(url).toBe(`http://127.0.0.1:${port}/`);
    const response = await fetch(`${url}classify`, { method: 'POST', body: pngOf(1) });
    expect([response.status, Object.keys(await response.json())]).toEqual([
      200,
      ['label', 'index', 'probability', 'probabilities', 'labels', 'engine', 'milliseconds'],
    ]);
  });

  test('every answer carries the headers, on whichever way it goes', async () => {
    const { url } = await started({ name: 'x' });
    const json = JSON.stringify({
      inputs: [{ name: 'image', datatype: 'UINT8', shape: [1, 8, 8, 3], data: Array(192).fill(1) }],
    });
    const answers = await Promise.all([
      fetch(`${url}classify`, { method: 'POST', body: pngOf(1), headers: { 'x-request-id': 'mine' } }),
      fetch(`${url}v2/models/x/infer`, { method: 'POST', body: json, headers: { 'x-request-id': 'mine' } }),
      ...['health', 'nothing', '', 'v2', 'metrics'].map((path) =>
        fetch(url + path, { headers: { 'x-request-id': 'mine' } }),
      ),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404, 200, 200, 200]);
    for (const { url, headers } of answers) {
      expect([url, headers.get('x-request-id'), headers.get('x-frame-options')]).toEqual([url, 'mine', 'DENY']);
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('content-type')).toMatch(/json|html|text/);
    }
  });

  test('a client that sends far too much reads the 413', async () => {
    const { url } = await started({ limits: { maxBodyBytes: 10_000 } });
    for (let i = 0; i < 10; i++) {
      const response = await fetch(`${url}classify`, { method: 'POST', body: new Uint8Array(5_000_000) });
      expect(response.status).toBe(413);
      expect(await response.json()).toEqual({ error: expect.stringContaining('10000') });
    }
  });

  test('a client that leaves in the middle of an upload does no harm', async () => {
    const { url, port } = await started();
    for (let i = 0; i < 5; i++) {
      const socket = connect(port, '127.0.0.1');
      socket.write('POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc');
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.destroy();
    }
    expect((await fetch(`${url}health`)).status).toBe(200);
  });

  test('the event loop stays free while images are classified', async () => {
    const { url } = await started();
    // 9 million pixels of noise take the worker some hundred milliseconds.
    const data = Uint8Array.from({ length: 3000 * 3000 }, (_, i) => (i * 2654435761) >>> 24);
    const large = encodePng({ width: 3000, height: 3000, data }) as Uint8Array<ArrayBuffer>;
    const health = async () => {
      const start = performance.now();
      await (await fetch(`${url}health`)).json();
      return performance.now() - start;
    };
    await health();
    let running = true;
    const work = Promise.all(
      [1, 2, 3].map(async () => (await fetch(`${url}classify`, { method: 'POST', body: large })).json()),
    ).finally(() => {
      running = false;
    });
    const waits: number[] = [];
    while (running) {
      waits.push(await health());
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const answers = await work;
    const classified = Math.min(...answers.map((answer) => answer.milliseconds));
    const median = waits.sort((a, b) => a - b)[Math.floor(waits.length / 2)]!;
    expect(classified).toBeGreaterThan(50);
    expect(median).toBeLessThan(Math.min(30, classified / 2));
  });

  test('closing finishes what runs and takes nothing new', async () => {
    const server = await started();
    const data = new Uint8Array(2000 * 2000);
    const body = encodePng({ width: 2000, height: 2000, data }) as Uint8Array<ArrayBuffer>;
    const answer = fetch(`${server.url}classify`, { method: 'POST', body });
    await new Promise((resolve) => setTimeout(resolve, 30));
    const closing = server.close();
    expect((await answer).status).toBe(200);
    await closing;
    await expect(fetch(`${server.url}health`)).rejects.toThrow();
  });

  test('closing does not wait for connections that are kept alive', async () => {
    const server = await started();
    await (await fetch(`${server.url}health`)).json();
    const start = performance.now();
    await server.close();
    expect(performance.now() - start).toBeLessThan(3000);
  });

  test('a port in use is one sentence that names it and what to do', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };
    await expect(serve({ model, port, workers: 1 })).rejects.toMatchObject({
      kind: 'system',
      message: expect.stringMatching(new RegExp(`^port ${port} .*in use.*--port`)),
    });
  });

  test.each([-1, 70_000, 1.5, Number.NaN])('a port of %s is refused', async (port) => {
    await expect(serve({ model, port })).rejects.toMatchObject({ kind: 'usage' });
  });

  test('a certificate that is none is refused', async () => {
    await expect(serve({ model, port: 0, tls: { cert: 'junk', key: 'junk' } })).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringMatching(/certificate.*--tls-cert/),
    });
  });

  test('an altered model is refused', async () => {
    const path = join(await folder(), 'model.onnx');
    const bytes = new Uint8Array(model.bytes);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(path, bytes);
    await expect(serve({ model: path, port: 0 })).rejects.toMatchObject({ kind: 'input' });
    await expect(serve({ model: `${path}.nowhere`, port: 0 })).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringContaining('nowhere'),
    });
  });
});

describe('the page', () => {
  test('is there with its assets, its service worker and the model', async () => {
    const { url } = await started();
    const html = await (await fetch(url)).text();
    expect(html).toContain('name="onward-server" content="yes"');
    expect(html).not.toMatch(/(src|href)="\//);
    const assets = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map((match) => match[1]!);
    expect(assets.length).toBeGreaterThan(1);
    for (const name of assets) {
      const response = await fetch(url + name);
      expect([name, response.status, response.headers.get('cache-control')]).toEqual([
        name,
        200,
        'public, max-age=31536000, immutable',
      ]);
    }
    const script = await fetch(`${url}sw.js`);
    expect(script.headers.get('cache-control')).toBe('no-cache');
    expect(await script.text()).toContain(model.digest);
    expect(html + (await (await fetch(`${url}files.json`)).text())).not.toContain('engine.html');
  });

  test('model.onnx has its digest as its tag', async () => {
    const { url } = await started();
    const response = await fetch(`${url}model.onnx`);
    expect(response.headers.get('etag')).toBe(`"${model.digest}"`);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(model.bytes);
    const again = await fetch(`${url}model.onnx`, { headers: { 'if-none-match': `"${model.digest}"` } });
    expect(again.status).toBe(304);
  });

  test('WASM is sent compressed to who takes that', async () => {
    const { port, url } = await started();
    const worker = (await (await fetch(`${url}sw.js`)).text()).match(/assets\/[\w.-]+\.wasm/)![0];
    const get = (encoding: string) =>
      new Promise<{ encoding: string | undefined; type: string | undefined; length: number }>((resolve, reject) => {
        httpRequest(
          { port, host: '127.0.0.1', path: `/${worker}`, headers: { 'accept-encoding': encoding } },
          (response) => {
            let length = 0;
            response.on('data', (chunk) => {
              length += chunk.length;
            });
            response.on('end', () =>
              resolve({
                encoding: response.headers['content-encoding'],
                type: response.headers['content-type'],
                length,
              }),
            );
          },
        )
          .on('error', reject)
          .end();
      });
    const plain = await get('identity');
    expect(plain).toMatchObject({ encoding: undefined, type: 'application/wasm' });
    for (const encoding of ['br', 'gzip']) {
      const small = await get(encoding);
      expect(small).toMatchObject({ encoding, type: 'application/wasm' });
      expect(small.length).toBeLessThan(plain.length / 3);
    }
  });
});
