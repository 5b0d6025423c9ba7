import { request as httpRequest } from 'node:http';
import { serve } from 'onward/serve';
import { expect, onTestFinished, test } from 'vitest';
import { modelOf } from '../runtime/engines/models.js';
import { type Send, withstands } from '../serve/fuzz.js';
import { pngOf } from '../serve/helpers.js';

test('10,000 fuzzed requests over sockets are answered by 2xx or 4xx, and the server goes on', async () => {
  const log: string[] = [];
  const server = await serve({
    model: modelOf(),
    ...{ port: 0, workers: 1, name: 'model', limits: { maxBodyBytes: 50_000 } },
    log: (line) => void log.push(line),
  });
  onTestFinished(() => server.close());
  const send: Send = ({ path, method, headers, body }) =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ port: server.port, host: '127.0.0.1', path, method, headers }, async (response) => {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        resolve({ status: response.statusCode!, text });
      });
      request.on('error', reject).end(body);
    });
  await withstands(send, 10_000);
  expect((await fetch(`${server.url}classify`, { method: 'POST', body: pngOf(3) })).status).toBe(200);
  expect(log).toEqual([]);
});
