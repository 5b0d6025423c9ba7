import { fileURLToPath } from 'node:url';
import { loadModel } from 'onward/model';
import { createApp, createPool } from 'onward/serve';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fileOf, goldenOf, graphOf, modelOf, weightsOf } from '../runtime/engines/models.js';

const model = modelOf();
const filename = fileURLToPath(new URL('./crashing-worker.mjs', import.meta.url));

async function crashing(workers: number) {
  const log: string[] = [];
  const pool = await createPool({ model, workers, filename, log: (line) => log.push(line) });
  onTestFinished(() => pool.close());
  const app = createApp({ model, pool, log: (line) => log.push(line) });
  const post = async (first: number) => {
    const response = await app.request('/classify', { method: 'POST', body: Uint8Array.of(first) });
    return { status: response.status, body: await response.json() };
  };
  return { log, post };
}

describe('a worker that fails', () => {
  test('by ending is a 500, not a hang, and is replaced', async () => {
    const { log, post } = await crashing(1);
    for (let i = 0; i < 3; i++) {
      expect(await post(1)).toEqual({ status: 500, body: { error: expect.stringContaining('worker') } });
      expect(await post(0)).toMatchObject({ status: 200, body: { index: 1 } });
    }
    expect(log).toHaveLength(3);
  });

  test('does not take those with it that wait behind', async () => {
    const { post } = await crashing(1);
    const statuses = await Promise.all([post(3), post(1), post(0), post(1), post(0)]);
    expect(statuses.map(({ status }) => status)).toEqual([200, 500, 200, 500, 200]);
  });

  test('by an error says nothing of the inside', async () => {
    const { log, post } = await crashing(1);
    const { status, body } = await post(2);
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(log.join()).toContain('secret');
  });

  test('too many that wait get a 503', async () => {
    const { post } = await crashing(1);
    const answers = await Promise.all([post(3), ...Array.from({ length: 200 }, () => post(0))]);
    expect([...new Set(answers.map(({ status }) => status))].sort()).toEqual([200, 503]);
    expect(answers.find(({ status }) => status === 503)!.body.error).toMatch(/busy/);
  });
});

describe('createPool refuses', () => {
  test('a model that predicts otherwise than its golden samples', async () => {
    const golden = goldenOf(weightsOf(1));
    golden.probabilities[0]! += 0.01;
    const altered = loadModel(fileOf(graphOf(weightsOf(1)), golden), { name: 'bent.onnx' });
    await expect(createPool({ model: altered, workers: 2 })).rejects.toMatchObject({
      name: 'OnwardError',
      kind: 'parity',
      message: expect.stringContaining('bent.onnx'),
    });
    const pool = await createPool({ model: altered, workers: 1, allowDifferent: true });
    await pool.close();
  });

  test('an engine that is not there', async () => {
    await expect(createPool({ model, engine: 'ort-cpux' as never, workers: 1 })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('ort-cpu'),
    });
  });
});
