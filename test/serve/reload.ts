import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from 'onward/serve';
import { expect, onTestFinished } from 'vitest';
import { imagesOf, modelOf } from '../runtime/engines/models.js';
import { pngOf } from './helpers.js';

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
