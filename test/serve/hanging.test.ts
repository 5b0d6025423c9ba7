import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hanging, openServedModel, type ServedModelOptions } from 'onward/serve';
import { describe, expect, onTestFinished, test } from 'vitest';
import { modelOf } from '../runtime/engines/models.js';
import { doubledTimes } from './models.js';
import { until } from './until.js';

describe('a worker that is far too long at one batch', () => {
  const filename = fileURLToPath(new URL('./fake-worker.mjs', import.meta.url));

  async function opened(options: ServedModelOptions) {
    const log: string[] = [];
    const workers: [number, number][] = [];
    const served = await openServedModel(modelOf(), {
      ...{ workers: 1, filename, log: (line: string) => void log.push(line) },
      observer: { workers: (alive, hanging) => void workers.push([alive, hanging]) },
      ...options,
    });
    /** What the fake worker is told: to take so many milliseconds. */
    const ask = (milliseconds: number) => {
      const values = new Uint8Array(Float32Array.of(milliseconds, 0).buffer);
      const write = (target: Uint8Array) => target.set(values);
      return served.infer([{ name: 'x', datatype: 'FP32', shape: [1, 2], data: { write } }], ['y']);
    };
    return { served, ask, log, workers };
  }

  test('counts as not there until it goes on', async () => {
    const { served, ask, log, workers } = await opened({ limits: { hangTimeout: 100 } });
    onTestFinished(() => served.close());
    const slow = ask(600);
    expect(served.ready).toBe(true);
    await until(() => !served.ready);
    await slow;
    await until(() => served.ready);
    expect(log).toEqual([expect.stringMatching(/hangs: .* 0\.1 s/), expect.stringMatching(/goes on/)]);
    // The idle thread wakes nobody: once at the start, and at each of the two.
    expect(workers).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
    ]);
  });

  test('leaves the rest to the others', async () => {
    const { served, ask } = await opened({ workers: 2, maxBatch: 1, limits: { hangTimeout: 100 } });
    onTestFinished(() => served.close());
    await ask(10);
    const slow = ask(1500);
    await until(() => false, 5, { seconds: 0.15 }).catch(() => {});
    const start = performance.now();
    await Promise.all(Array.from({ length: 20 }, () => ask(10)));
    expect(performance.now() - start).toBeLessThan(1000);
    expect(served.ready).toBe(true);
    await slow;
  });

  test('holds up nobody who closes the model', async () => {
    const { served, ask } = await opened({ limits: { timeout: 50 } });
    const slow = ask(9000);
    await expect(slow).rejects.toMatchObject({ status: 503 });
    const start = performance.now();
    await served.close();
    expect(performance.now() - start).toBeLessThan(7000);
    expect(hanging.size).toBe(1);
    await until(() => hanging.size === 0);
  });
});

test('a server whose worker hangs in native code says so, and ends when it is told to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onward-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'doubled.onnx'), doubledTimes().bytes);
  const times = ['--timeout', '0.5', '--hang-timeout', '1', '--grace', '0.5'];
  const flags = ['serve', join(folder, 'doubled.onnx'), '--port', '0', '--workers', '1', '--tune', 'off', ...times];
  const child = spawn(process.execPath, ['bin/onward.mjs', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [said, logged] = ['', ''];
  child.stdout.on('data', (chunk) => (said += chunk));
  child.stderr.on('data', (chunk) => (logged += chunk));
  await until(() => said.includes('http://'));
  const url = `http://127.0.0.1:${/:(\d+)\//.exec(said)![1]}/`;
  const infer = async (n: number) => {
    const inputs = [
      { name: 'n', datatype: 'INT64', shape: [1], data: [n] },
      { name: 'x', datatype: 'FP32', shape: [1], data: [3] },
    ];
    const response = await fetch(`${url}v2/models/doubled/infer`, { method: 'POST', body: JSON.stringify({ inputs }) });
    return [response.status, (await response.json()).outputs?.[0].data];
  };
  expect(await infer(2)).toEqual([200, [12]]);
  expect(await infer(1e13)).toEqual([503, undefined]);
  await until(async () => (await fetch(`${url}health`)).status === 503);
  expect((await fetch(`${url}v2/health/ready`)).status).toBe(400);
  expect((await fetch(`${url}v2/health/live`)).status).toBe(200);
  expect(await (await fetch(`${url}metrics`)).text()).toContain(
    'onward_workers{model="doubled",version="1",state="hanging"} 1',
  );
  expect(logged).toMatch(/a worker thread hangs/);
  const start = performance.now();
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve([code, signal])));
  child.kill('SIGTERM');
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(performance.now() - start).toBeLessThan(15_000);
  expect(logged).toMatch(/cannot be ended without the process/);
});
