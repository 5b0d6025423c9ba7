import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from 'onward/image';
import { type ServeOptions, serve } from 'onward/serve';
import { describe, expect, onTestFinished, test } from 'vitest';
import { modelOf } from '../runtime/engines/models.js';
import { pngOf } from './helpers.js';
import { until } from './until.js';

const model = modelOf();

async function started(options: Partial<ServeOptions> = {}) {
  const log: string[] = [];
  const server = await serve({ model, port: 0, workers: 1, log: (line) => void log.push(line), ...options });
  onTestFinished(() => server.close());
  return { ...server, log };
}

/** A connection that says what it is told to; what came back, and whether it was closed. */
function speaking(port: number, text: string): { socket: Socket; said(): string; closed(): boolean } {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let said = '';
  let closed = false;
  socket.setEncoding('latin1').on('data', (chunk) => (said += chunk));
  socket.on('error', () => {}).on('close', () => (closed = true));
  socket.write(text);
  return { socket, said: () => said, closed: () => closed };
}

const metric = async (url: string, line: string) => {
  const text = await (await fetch(`${url}metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((one) => one.startsWith(line))
      ?.split(' ')
      .at(-1) ?? 0,
  );
};

describe('slow senders', () => {
  // A request may have less time than heads have where nobody says anything of them.
  test.each([{ headersTimeout: 300, requestTimeout: 600 }, { requestTimeout: 600 }])(
    'of a head or of a body get a 408, and others are served meanwhile: %j',
    async (limits) => {
      const { port, url } = await started({ limits });
      const head = speaking(port, 'POST /classify HTTP/1.1\r\nHost: localhost\r\nX-');
      const body = speaking(port, 'POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc');
      const drip = setInterval(() => {
        if (!body.closed()) body.socket.write('x');
        if (!head.closed()) head.socket.write('a');
      }, 50);
      onTestFinished(() => clearInterval(drip));
      expect((await fetch(`${url}classify`, { method: 'POST', body: pngOf(1) })).status).toBe(200);
      await until(() => head.closed() && body.closed());
      expect(head.said()).toMatch(/^HTTP\/1\.1 408/);
      expect(body.said()).toMatch(/^HTTP\/1\.1 408/);
      expect((await fetch(`${url}health`)).status).toBe(200);
    },
  );

  test('by the hundred, and idle connections, do not keep others out', async () => {
    const { port, url } = await started({ limits: { headersTimeout: 5_000 } });
    const slow = Array.from({ length: 200 }, () => speaking(port, 'GET /health HTTP/1.1\r\nHost: localhost\r\nX-'));
    const idle = Array.from({ length: 200 }, () => speaking(port, ''));
    const answers = await Promise.all(
      Array.from(
        { length: 20 },
        async (_, i) => (await fetch(`${url}classify`, { method: 'POST', body: pngOf(i) })).status,
      ),
    );
    expect(answers).toEqual(Array(20).fill(200));
    for (const { socket } of [...slow, ...idle]) socket.destroy();
  });

  test('and take no more memory than all uploads may together', async () => {
    const { port, url } = await started({ limits: { maxBodyBytes: 100_000, maxBodiesBytes: 250_000 } });
    const head = 'POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n';
    const slow = [1, 2, 3].map(() => speaking(port, head));
    const [first, second, third] = slow;
    for (const { socket } of [first!, second!]) socket.write('x'.repeat(99_000));
    await until(async () => (await fetch(`${url}health`)).status === 200, 100);
    third!.socket.write('x'.repeat(99_000));
    await until(() => third!.said().includes('\r\n\r\n{'));
    expect(third!.said()).toMatch(/^HTTP\/1\.1 503 /);
    expect(third!.said()).toMatch(/other uploads take all of its room/);
    // Its rest is not read: another request would never be seen there.
    expect(third!.said()).toMatch(/connection: close/i);
    await until(third!.closed);
    // Small ones have room, and what ends gives it back.
    expect((await fetch(`${url}classify`, { method: 'POST', body: pngOf(1) })).status).toBe(200);
    first!.socket.destroy();
    const large = new Uint8Array(99_000);
    await until(async () => (await fetch(`${url}classify`, { method: 'POST', body: large })).status === 415, 50);
  });

  test('and more connections than allowed are closed', async () => {
    const { port } = await started({ limits: { maxConnections: 3 } });
    const all = Array.from({ length: 8 }, () => speaking(port, ''));
    await until(() => all.filter(({ closed }) => closed()).length === 5);
  });
});

describe('a client that leaves', () => {
  test('while it waits is forgotten before its image costs anything', async () => {
    const { port, url } = await started();
    // Some hundred milliseconds of decoding keep the only worker busy.
    const data = Uint8Array.from({ length: 2500 * 2500 }, (_, i) => (i * 2654435761) >>> 24);
    const large = encodePng({ width: 2500, height: 2500, data }) as Uint8Array<ArrayBuffer>;
    const first = fetch(`${url}classify`, { method: 'POST', body: large });
    const png = pngOf(1);
    await until(async () => (await metric(url, 'process_cpu_seconds_total')) > 0, 30);
    const head = `POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: ${png.length}\r\n\r\n`;
    const leaving = Array.from({ length: 5 }, () => speaking(port, ''));
    for (const { socket } of leaving) {
      socket.write(head);
      socket.write(png);
    }
    await until(async () => (await metric(url, 'onward_queue_depth{model="test-1",version="1"}')) === 5);
    for (const { socket } of leaving) socket.destroy();
    await until(
      async () => (await metric(url, 'onward_dropped_total{model="test-1",version="1",reason="gone"}')) === 5,
    );
    expect((await first).status).toBe(200);
    expect(await metric(url, 'onward_batch_size_sum{model="test-1",version="1"}')).toBe(1);
  });

  test('in the middle of a form, or of its answer, does no harm', async () => {
    const { port, url, log } = await started();
    const form = 'POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n';
    for (const text of [
      `${form}Content-Length: 900\r\n\r\n--b\r\n`,
      `${form}Transfer-Encoding: chunked\r\n\r\n5\r\n--b`,
    ]) {
      const { socket } = speaking(port, text);
      await until(() => true, 30);
      socket.resetAndDestroy();
    }
    const { socket } = speaking(port, 'GET /model.onnx HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20));
    socket.destroySoon();
    expect((await fetch(`${url}health`)).status).toBe(200);
    expect(log).toEqual([]);
  });
});

describe('what no route ever sees is answered like every error', () => {
  const cases: [string, string, number, RegExp][] = [
    ['no HTTP', 'hello\r\n\r\n', 400, /HTTP\/1\.1, got something else/],
    ['a path without end', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`, 431, /16 KiB/],
    ['a length that is no number', 'POST /classify HTTP/1.1\r\nContent-Length: x\r\n\r\n', 400, /HTTP/],
    ['a head that does not end', 'POST /classify HTTP/1.1\r\nHost: localhost\r\n', 408, /sooner/],
    [
      'a body that does not end',
      'POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n',
      408,
      /sooner/,
    ],
  ];
  test.each(cases)('%s', async (_, text, status, message) => {
    const { port, url } = await started({ limits: { headersTimeout: 200, requestTimeout: 300 } });
    const { said, closed } = speaking(port, text);
    await until(closed);
    const [head, body] = said().split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head!.toLowerCase()).toMatch(/content-type: application\/json/);
    expect(head!.toLowerCase()).toMatch(/x-content-type-options: nosniff/);
    expect(JSON.parse(body!)).toEqual({ error: expect.stringMatching(message) });
    expect((await fetch(`${url}health`)).status).toBe(200);
  });
});

test('SIGTERM under load: every request that was accepted is answered, and the process ends by itself', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onward-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'model.onnx'), model.bytes);
  const flags = ['serve', join(folder, 'model.onnx'), '--port', '0', '--workers', '1', '--log-requests'];
  const child = spawn(process.execPath, ['bin/onward.mjs', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  await until(() => said.includes('http://'));
  let logged = '';
  child.stderr.on('data', (chunk) => (logged += chunk));
  const port = Number(/:(\d+)\//.exec(said)![1]);

  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const png = pngOf(1);
  const results: Record<string, number> = {};
  let stopped = false;
  const one = () =>
    new Promise<string>((resolve) => {
      const request = httpRequest({ agent, port, host: '127.0.0.1', path: '/classify', method: 'POST' }, (response) => {
        response.resume().on('end', () => resolve(String(response.statusCode)));
        response.on('error', () => resolve('cut'));
      });
      request.on('error', () => resolve('refused'));
      request.end(png);
    });
  const clients = Array.from({ length: 16 }, async () => {
    while (!stopped) {
      const result = await one();
      results[result] = (results[result] ?? 0) + 1;
      if (result === 'refused') return;
    }
  });
  await until(() => (results['200'] ?? 0) > 50);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  stopped = true;
  await Promise.all(clients);
  agent.destroy();
  expect(Object.keys(results).sort()).toEqual(['200', 'refused']);
  // As many as the server says that it answered: none of those was among the refused.
  expect(logged.match(/"path":"\/classify","status":200/g)).toHaveLength(results['200']!);
});
