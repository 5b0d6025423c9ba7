import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from 'onward/image';
import { expect, onTestFinished, test } from 'vitest';
import { modelOf } from '../runtime/engines/models.js';
import { pngOf } from '../serve/helpers.js';
import { until } from '../serve/until.js';

/** As people start it, in a process of its own: its port and its number. */
async function started(...flags: string[]): Promise<{ port: number; pid: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'onward-test-'));
  const path = join(folder, 'model.onnx');
  await writeFile(path, modelOf().bytes);
  const child = spawn(process.execPath, ['bin/onward.mjs', 'serve', path, '--port', '0', '--tune', 'off', ...flags]);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await until(() => said.includes('http://'));
  return { port: Number(/:(\d+)\//.exec(said)![1]), pid: child.pid! };
}

interface Answered {
  readonly status: number;
  readonly milliseconds: number;
}

function asker(port: number, sockets: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: sockets });
  onTestFinished(() => agent.destroy());
  return (body: Uint8Array) =>
    new Promise<Answered>((resolve, reject) => {
      const start = performance.now();
      const request = httpRequest({ agent, port, host: '127.0.0.1', path: '/classify', method: 'POST' }, (response) => {
        response
          .resume()
          .on('end', () => resolve({ status: response.statusCode!, milliseconds: performance.now() - start }));
      });
      request.on('error', reject).end(body);
    });
}

const resident = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
const at = (share: number, values: number[]) => values.sort((a, b) => a - b)[Math.floor(share * (values.length - 1))]!;

test('thirty seconds of ten times what it can do: what is served is served in time, the rest is told so', async () => {
  const queue = 16;
  const { port, pid } = await started('--workers', '1', '--max-queue', String(queue));
  // Some kB that take some ten milliseconds to decode.
  const body = encodePng({ width: 800, height: 800, data: new Uint8Array(800 * 800) });
  const ask = asker(port, 64);
  const alone: number[] = [];
  for (let i = 0; i < 20; i++) alone.push((await ask(body)).milliseconds);

  const answers: Answered[] = [];
  const memory: number[] = [];
  const start = performance.now();
  const lasting = () => performance.now() - start < 30_000;
  const watch = setInterval(() => memory.push(resident(pid)), 1000);
  onTestFinished(() => clearInterval(watch));
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      while (lasting()) {
        const answer = await ask(body);
        answers.push(answer);
        // As a client does that heeds Retry-After a little.
        if (answer.status === 503) await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }),
  );
  clearInterval(watch);
  const served = answers.filter(({ status }) => status === 200).map(({ milliseconds }) => milliseconds);
  const busy = answers.filter(({ status }) => status === 503);
  expect(served.length + busy.length).toBe(answers.length);
  expect(answers.length).toBeGreaterThan(10 * served.length);
  // A full queue, and the one that runs.
  const wait = ((queue + 1) * (performance.now() - start)) / served.length;
  expect(at(0.99, served)).toBeLessThan(2 * wait);
  expect(at(0.5, memory.slice(-5))).toBeLessThan(1.15 * at(0.5, memory.slice(3, 8)));
  expect((await ask(body)).status).toBe(200);
});

test('a thousand idle connections and two hundred slow ones beside normal traffic', async () => {
  const { port } = await started('--workers', '1');
  const sockets = Array.from({ length: 1200 }, (_, i) => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    if (i < 200) {
      socket.write('POST /classify HTTP/1.1\r\nHost: localhost\r\nX-A: ');
      const drip = setInterval(() => socket.writable && socket.write('a'), 500);
      socket.on('close', () => clearInterval(drip));
    }
    return socket;
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  const ask = asker(port, 8);
  const waits: number[] = [];
  for (let i = 0; i < 300; i++) {
    const { status, milliseconds } = await ask(pngOf(i));
    expect(status).toBe(200);
    waits.push(milliseconds);
  }
  expect(at(0.99, waits)).toBeLessThan(1000);
  // Ten seconds for a head that does not end.
  await until(() => sockets.slice(0, 200).every((socket) => socket.destroyed || socket.readableEnded), 200).catch(
    () => {},
  );
  await until(() => sockets.slice(0, 200).every((socket) => socket.destroyed || socket.readableEnded), 200);
});
