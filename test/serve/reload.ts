import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from 'onward/serve';
import { expect, onTestFinished } from 'vitest';
import { imagesOf, modelOf } from '../runtime/engines/models.js';
import { folderOf, model, serverOf } from './folder.js';
import { pngOf } from './helpers.js';
import { eventually } from './until.js';

/** Replaces the model of a server so often while clients ask without a pause; every request is answered. */
export async function replacedUnderLoad(times: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'onward-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'model.onnx');
  const models = [modelOf(1), modelOf(2)];
  await writeFile(path, models[0]!.bytes);
  const log: string[] = [];
  const server = await serve({
    model: path,
    ...{ port: 0, workers: 1, name: 'animals', modelControl: true },
    log: (line) => void log.push(line),
  });
  onTestFinished(() => server.close());
  const post = (address: string, body?: BodyInit) =>
    fetch(server.url + address, { method: 'POST', ...(body && { body }) });

  const statuses = new Map<number, number>();
  let stopped = false;
  const input = { name: 'image', datatype: 'UINT8', shape: [1, 8, 8, 3], data: Array.from(imagesOf(3, 1)) };
  const clients = Array.from({ length: 6 }, async (_, i) => {
    while (!stopped) {
      const { status } =
        i % 2 === 0
          ? await post('classify', pngOf(i))
          : await post('v2/models/animals/infer', JSON.stringify({ inputs: [input] }));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  for (let i = 1; i <= times; i++) {
    const next = models[i % 2]!;
    await writeFile(path, next.bytes);
    expect((await post('v2/repository/models/animals/load')).status).toBe(200);
    expect((await (await fetch(`${server.url}health`)).json()).model).toBe(next.digest);
  }
  // What is damaged does not take the place of what serves.
  await writeFile(path, models[0]!.bytes.slice(0, 500));
  expect((await post('v2/repository/models/animals/load')).status).toBe(400);
  expect((await (await fetch(`${server.url}health`)).json()).model).toBe(models[times % 2]!.digest);
  stopped = true;
  await Promise.all(clients);
  expect([...statuses.keys()]).toEqual([200]);
  expect(statuses.get(200)!).toBeGreaterThan(10 * times);
  const said = log.map((line) => JSON.parse(line));
  expect(said.map(({ level }) => level)).toEqual([...Array<string>(times).fill('info'), 'warn']);
  expect(said.at(-1).message).toMatch(/^animals\/1 is not served: .*; the one before it answers on$/);
}

/**
 * Changes a folder of models so often while clients ask without a pause: a file is replaced, written over, joined by a newer
 * version, removed, damaged. Every request is answered, and what is on the disk takes over every time.
 */
export async function changedOnDiskUnderLoad(times: number): Promise<void> {
  const { root, put, write, remove } = await folderOf({ 'a/1/model.onnx': 1 });
  const { who, get, post, metric } = await serverOf(root);
  const answers = new Map<string | number, number>();
  let stopped = false;
  const input = { name: 'image', datatype: 'UINT8', shape: [1, 8, 8, 3], data: Array.from(imagesOf(3, 1)) };
  const body = JSON.stringify({ inputs: [input] });
  const infer = async () => {
    const response = await post('v2/models/a/infer', body);
    const { model_version: version } = await response.json();
    return response.status === 200 ? `a/${version}` : response.status;
  };
  const clients = Array.from({ length: 6 }, async (_, i) => {
    while (!stopped) {
      const answer = i % 2 === 0 ? await who('classify/a', {}, i) : await infer();
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
  });
  const serves = (seed: number) =>
    eventually(async () => (await (await get('health')).json()).model === model(seed).digest);
  const changes: ((seed: number) => Promise<void>)[] = [
    (seed) => put('a/1/model.onnx', seed),
    (seed) => write('a/1/model.onnx', seed),
    async (seed) => {
      await put('a/2/model.onnx', model(4).bytes.slice(0, 600));
      await put('a/2/model.onnx', seed);
    },
    (seed) => put('a/2/model.onnx', seed),
    async (seed) => {
      await put('a/1/model.onnx', seed);
      await remove('a/2');
    },
    // By somebody who removes it first; it is the only one now.
    async (seed) => {
      await remove('a/1');
      await new Promise((resolve) => setTimeout(resolve, 300));
      await put('a/1/model.onnx', seed);
    },
  ];
  for (let i = 0; i < times; i++) {
    const seed = 1 + ((i + 1) % 2);
    await changes[i % changes.length]!(seed);
    await serves(seed);
  }
  const refused = () => metric('onward_model_loads_total{model="a",version="9",result="refused"}');
  await write('a/9/model.onnx', model(2).bytes.slice(0, 600));
  await eventually(async () => (await refused()) === 1);
  stopped = true;
  await Promise.all(clients);
  expect([...answers.keys()].filter((answer) => typeof answer === 'number')).toEqual([]);
  expect([...answers.values()].reduce((sum, n) => sum + n, 0)).toBeGreaterThan(10 * times);
}
