import { expect, onTestFinished, test } from 'vitest';
import { modelOf } from '../runtime/engines/models.js';
import { withstands } from './fuzz.js';
import { pngOf, testApp } from './helpers.js';

test('whatever is sent is answered by 2xx or 4xx, and the server goes on', async () => {
  const app = await testApp(modelOf(), { limits: { maxBodyBytes: 50_000 } });
  onTestFinished(() => app.close());
  await withstands(async ({ path, method, headers, body }) => {
    const response = await app.request(path, { method, headers, ...(body && { body }) });
    return { status: response.status, text: await response.text() };
  }, 150);
  expect((await app.post(pngOf(3))).status).toBe(200);
  expect(app.log).toEqual([]);
});
