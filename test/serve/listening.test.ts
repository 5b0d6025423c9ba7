import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect as connectPlain, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { type ServeOptions, serve } from 'onward/serve';
import { describe, expect, onTestFinished, test } from 'vitest';
import { start } from '../cli/onward.js';
import { modelOf } from '../runtime/engines/models.js';
import { certificate } from './certificate.js';
import { pngOf } from './helpers.js';

const model = modelOf();

async function started(options: Partial<ServeOptions> = {}) {
  const server = await serve({ model, port: 0, workers: 1, name: 'm', log: () => {}, ...options });
  onTestFinished(() => server.close());
  return server;
}

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'onward-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

/** Asks through a unix socket. */
const through = (socketPath: string, path: string, body?: Uint8Array) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    const asked = httpRequest({ socketPath, path, method: body ? 'POST' : 'GET', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (more) => {
        text += more;
      });
      response.on('end', () => resolve({ status: response.statusCode!, text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });

describe.skipIf(process.platform === 'win32')('a unix socket', () => {
  test('answers, is for this account alone, and goes with its server', async () => {
    const socket = join(await folder(), 'onward.sock');
    const server = await started({ socket });
    expect([server.url, server.port]).toEqual([`unix:${socket}`, 0]);
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    expect(JSON.parse((await through(socket, '/classify', pngOf(1))).text)).toMatchObject({ engine: 'ort-cpu' });
    await server.close();
    await expect(stat(socket)).rejects.toThrow('ENOENT');
    await started({ socket, socketMode: 0o660 });
    expect((await stat(socket)).mode & 0o777).toBe(0o660);
  });

  test('that a server left behind is replaced', async () => {
    const path = await folder();
    const socket = join(path, 'onward.sock');
    await writeFile(join(path, 'model.onnx'), model.bytes);
    const args = ['serve', join(path, 'model.onnx'), '--socket', socket, '--tune', 'off', '--workers', '1'];
    const killed = start(args);
    expect(await killed.printed(/Ctrl-C/)).toContain(`curl --unix-socket ${socket}`);
    killed.child.kill('SIGKILL');
    await killed.done;
    expect((await stat(socket)).isSocket()).toBe(true);
    await started({ socket });
    expect((await through(socket, '/health')).status).toBe(200);
  });

  test('that somebody listens on is left alone, and so is another file', async () => {
    const path = await folder();
    const socket = join(path, 'onward.sock');
    await started({ socket });
    await expect(serve({ model, socket, workers: 1 })).rejects.toMatchObject({
      kind: 'system',
      message: expect.stringMatching(/onward\.sock is in use: .*--socket/),
    });
    expect((await through(socket, '/health')).status).toBe(200);
    const file = join(path, 'letter.txt');
    await writeFile(file, 'dear');
    await expect(serve({ model, socket: file, workers: 1 })).rejects.toThrow(/another file/);
    expect((await stat(file)).size).toBe(4);
    await expect(serve({ model, socket: join(path, 'no', 'where'), workers: 1 })).rejects.toThrow(/cannot be had/);
    await expect(serve({ model, socket: join(path, 'x'.repeat(120)), workers: 1 })).rejects.toThrow(/107 bytes/);
    await expect(serve({ model, socket, socketMode: 1000, workers: 1 })).rejects.toMatchObject({ kind: 'usage' });
  });
});

function session(url: string): ClientHttp2Session {
  const client = connectHttp2(url, { ca: certificate.cert });
  onTestFinished(() => client.destroy());
  client.on('error', () => {});
  return client;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** How the stream ended: 0 for as it should. */
  readonly code: number | undefined;
}

function ask(client: ClientHttp2Session, path: string, body?: Uint8Array): Promise<Answer> {
  return new Promise((resolve) => {
    const stream = client.request({ ':path': path, ':method': body ? 'POST' : 'GET' });
    let headers: IncomingHttpHeaders = {};
    let text = '';
    stream.on('response', (given) => {
      headers = given as IncomingHttpHeaders;
    });
    stream.setEncoding('utf8').on('data', (more) => {
      text += more;
    });
    stream.on('error', () => {});
    stream.on('close', () => {
      const status = (headers as { ':status'?: number })[':status'];
      resolve({ status, headers, text, code: stream.rstCode });
    });
    stream.end(body);
  });
}

describe('HTTP/2', () => {
  const secure = { tls: certificate, http2: true };

  test('answers many requests of one connection, with every header', async () => {
    const { url } = await started(secure);
    const client = session(url);
    const answers = await Promise.all([
      ...Array.from({ length: 20 }, (_, i) => ask(client, '/classify', pngOf(i))),
      ask(client, '/health'),
      ask(client, '/docs'),
      ask(client, '/nothing'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([...Array(22).fill(200), 404]);
    for (const { headers } of answers) {
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'/);
      expect(headers['x-request-id']).toMatch(/./);
      expect(headers.connection).toBeUndefined();
    }
    expect(JSON.parse(answers[0]!.text)).toMatchObject({ engine: 'ort-cpu' });
    expect(client.alpnProtocol).toBe('h2');
  });

  test('who does not speak it is answered in HTTP/1.1', async () => {
    const { url, port } = await started(secure);
    const answer = await new Promise<{ status: number; version: string }>((resolve, reject) => {
      httpsRequest(`${url}health`, { ca: certificate.cert, agent: false }, (response) => {
        response.resume();
        resolve({ status: response.statusCode!, version: response.httpVersion });
      })
        .on('error', reject)
        .end();
    });
    expect(answer).toEqual({ status: 200, version: '1.1' });
    const protocol = await new Promise((resolve) => {
      const socket = connectTls(
        { port, host: '127.0.0.1', ca: certificate.cert, ALPNProtocols: ['h2', 'http/1.1'] },
        () => {
          resolve(socket.alpnProtocol);
          socket.destroy();
        },
      );
    });
    expect(protocol).toBe('h2');
    const plain = await started({ tls: certificate });
    const only = connectTls({
      port: plain.port,
      ca: certificate.cert,
      host: '127.0.0.1',
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    await new Promise((resolve) => only.once('secureConnect', resolve));
    expect(only.alpnProtocol).toBe('http/1.1');
    only.destroy();
  });

  test.each([true, false])('who speaks without TLS is cut (HTTP/2: %j)', async (http2) => {
    const { port, url } = await started({ tls: certificate, http2 });
    for (const text of ['GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', 'x'.repeat(40_000)]) {
      const socket = connectPlain(port, '127.0.0.1');
      onTestFinished(() => void socket.destroy());
      socket
        .on('error', () => {})
        .resume()
        .write(text);
      await new Promise((resolve) => socket.once('close', resolve));
    }
    expect(url).toMatch(/^https/);
  });

  test('refuses what is too large, and goes on', async () => {
    const { url } = await started({ ...secure, limits: { maxBodyBytes: 10_000 } });
    const client = session(url);
    for (let i = 0; i < 3; i++) {
      const { status, text } = await ask(client, '/classify', new Uint8Array(500_000));
      expect([status, JSON.parse(text)]).toEqual([413, { error: expect.stringContaining('10000') }]);
    }
    expect((await ask(client, '/classify', pngOf(1))).status).toBe(200);
  });

  test('answers a client that sends slowly by a 408 and cuts it, and one that says nothing', async () => {
    const { url } = await started({ ...secure, limits: { requestTimeout: 300, keepAliveTimeout: 600 } });
    const client = session(url);
    const stream = client.request({ ':path': '/classify', ':method': 'POST' });
    stream.on('error', () => {});
    let [said, text]: [IncomingHttpHeaders, string] = [{}, ''];
    stream.on('response', (headers) => {
      said = headers as IncomingHttpHeaders;
    });
    stream.setEncoding('utf8').on('data', (more) => {
      text += more;
    });
    const drops = setInterval(() => stream.destroyed || stream.write('x'), 50);
    await new Promise((resolve) => stream.once('close', resolve));
    clearInterval(drops);
    expect([(said as { ':status'?: number })[':status'], said['x-request-id']]).toEqual([408, expect.any(String)]);
    expect(JSON.parse(text)).toEqual({ error: 'expected the whole request within 0.3 s, got a part of it' });
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
    // What was answered before its body came to an end is not kept for the rest of it.
    const unread = client.request({ ':path': '/health', ':method': 'POST' }).on('error', () => {});
    unread.resume();
    await new Promise((resolve) => unread.once('close', resolve));
    expect((await ask(client, '/health')).status).toBe(200);
    await new Promise((resolve) => client.once('close', resolve));
    expect((await ask(session(url), '/health')).status).toBe(200);
  });

  test('a client that leaves in the middle does no harm', async () => {
    const { url } = await started(secure);
    for (let i = 0; i < 5; i++) {
      const client = session(url);
      const stream = client.request({ ':path': '/classify', ':method': 'POST', 'content-length': '1000' });
      stream.on('error', () => {});
      stream.write('abc');
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (i % 2) stream.close(constants.NGHTTP2_CANCEL);
      else client.destroy();
    }
    expect((await ask(session(url), '/health')).status).toBe(200);
  });

  test('closing answers what runs, and does not wait for who only stays', async () => {
    const server = await started(secure);
    const client = session(server.url);
    const answers = Array.from({ length: 10 }, (_, i) => ask(client, '/classify', pngOf(i)));
    await Promise.race(answers);
    const start = performance.now();
    await server.close();
    for (const answer of answers) expect([200, 503]).toContain((await answer).status);
    expect(performance.now() - start).toBeLessThan(5000);
    await expect(
      new Promise((_, reject) => connectHttp2(server.url, { ca: certificate.cert }).once('error', reject)),
    ).rejects.toThrow(/ECONNREFUSED/);
  });

  test('without a certificate is refused', async () => {
    await expect(serve({ model, port: 0, http2: true })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/--tls-cert.*--http2/),
    });
  });
});

test('no port is taken where the model is refused', async () => {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  await expect(serve({ model: '/nowhere.onnx', port })).rejects.toMatchObject({ kind: 'input' });
  const again = createServer();
  await new Promise<void>((resolve) => again.listen(port, '127.0.0.1', resolve));
  again.close();
});
