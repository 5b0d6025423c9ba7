import { Agent, request as httpRequest } from 'node:http';
import { fileURLToPath } from 'node:url';
import { servableOf } from 'onward/serve';
import { expect, onTestFinished, test } from 'vitest';
import { imagesOf, modelOf, reference, weightsOf } from '../runtime/engines/models.js';
import { pngOf } from './helpers.js';
import { withServer } from './sockets.js';
import { until } from './until.js';

const filename = fileURLToPath(new URL('./mortal-worker.mjs', import.meta.url));

test('workers that die in the middle of batches: what they had is answered, and everybody gets their own', async () => {
  const log: string[] = [];
  const url = await withServer(servableOf(modelOf()), {
    workers: 2,
    maxBatch: 4,
    filename,
    log: (line) => log.push(line),
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  onTestFinished(() => agent.destroy());
  const ask = (seed: number) =>
    new Promise<{ status: number; body: { probabilities?: number[]; error?: string } }>((resolve, reject) => {
      const request = httpRequest(`${url}classify`, { agent, method: 'POST' }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (more) => (text += more));
        response.on('end', () => resolve({ status: response.statusCode!, body: JSON.parse(text) }));
      });
      request.on('error', reject).end(pngOf(seed));
    });

  const requests = 800;
  const failed: string[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let seed = next++; seed < requests; seed = next++) {
        const { status, body } = await ask(seed);
        if (status === 200) {
          const expected = reference(weightsOf(1), imagesOf(seed, 1), 1);
          for (const [i, p] of expected.entries()) expect(body.probabilities![i]).toBeCloseTo(p, 4);
        } else failed.push(`${status} ${body.error}`);
      }
    }),
  );
  const deaths = log.filter((line) => line.includes('ended and is replaced')).length;
  expect(deaths).toBeGreaterThan(4);
  // A request may meet a second death when it is tried again.
  expect(new Set(failed).size).toBeLessThanOrEqual(1);
  expect(failed[0] ?? '500 the workers').toMatch(/^500 the workers/);
  expect(failed.length).toBeLessThanOrEqual(deaths);
  // Both are there again.
  await until(async () => (await fetch(`${url}health`)).status === 200);
  expect((await ask(1)).status).toBe(200);
});
