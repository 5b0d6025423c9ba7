import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { sha256Hex } from 'onward/common';
import { type ClassifierOptions, classifier, parseApiKeys } from 'onward/serve';
import { describe, expect, onTestFinished, test } from 'vitest';
import { modelOf } from '../runtime/engines/models.js';
import { pngOf } from './helpers.js';

const model = modelOf();

/** A server of somebody's own, with ours below `/digits`, on a port. */
async function mounted(options: ClassifierOptions = {}, outer = new Hono(), path = '/digits') {
  const digits = await classifier(model, { workers: 1, name: 'digits', log: () => {}, ...options });
  outer.get('/', (c) => c.text('theirs'));
  outer.route(path, digits);
  const server = createAdaptorServer({ fetch: outer.fetch });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    await new Promise((resolve) => server.close(resolve));
    await digits.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, digits };
}

const post = (url: string, body: Uint8Array<ArrayBuffer>, headers = {}) =>
  fetch(url, { method: 'POST', body, headers });

describe('a classifier in a server of one’s own', () => {
  test('answers below its path, and nothing elsewhere', async () => {
    const { url, digits } = await mounted();
    expect(digits.modelName).toBe('digits');
    expect(await (await post(`${url}/digits/classify`, pngOf(1))).json()).toMatchObject({ engine: 'ort-cpu' });
    expect((await fetch(`${url}/digits/v2/models/digits/ready`)).status).toBe(200);
    expect((await post(`${url}/classify`, pngOf(1))).status).toBe(404);
    const theirs = await fetch(url);
    expect([await theirs.text(), theirs.headers.get('content-security-policy')]).toEqual(['theirs', null]);
    const wrong = await fetch(`${url}/digits/classify`);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    const refused = await post(`${url}/digits/classify`, new Uint8Array(9), { 'content-type': 'text/html' });
    expect([refused.status, await refused.json()]).toEqual([415, { error: expect.stringContaining('text/html') }]);
  });

  test('has its page there, with all that belongs to it', async () => {
    const { url } = await mounted();
    const page = await fetch(`${url}/digits`);
    expect([page.url, page.status]).toEqual([`${url}/digits/`, 200]);
    const html = await page.text();
    const assets = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map((match) => match[1]!);
    expect(assets.length).toBeGreaterThan(1);
    for (const name of [...assets, 'sw.js', 'model.onnx']) {
      expect([name, (await fetch(`${page.url}${name}`)).status]).toEqual([name, 200]);
    }
    expect((await post(`${url}/digits/sw.js`, pngOf(1))).status).toBe(405);
    const { url: without } = await mounted({ page: false });
    expect((await fetch(`${without}/digits/`)).status).toBe(404);
  });

  test('takes a body that was read before', async () => {
    const outer = new Hono();
    const lengths: number[] = [];
    outer.use(async (c, next) => {
      lengths.push((await c.req.arrayBuffer()).byteLength);
      await next();
    });
    const { url } = await mounted({}, outer);
    const answer = await post(`${url}/digits/classify`, pngOf(1));
    expect([answer.status, lengths]).toEqual([200, [pngOf(1).length]]);
  });

  test('asks for keys below its path alone, and not for its health', async () => {
    const { url } = await mounted({
      keys: parseApiKeys(`shop ${sha256Hex(new TextEncoder().encode('s3cret'))}`, 'keys'),
    });
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(`${url}/digits/health`)).status).toBe(200);
    for (const path of ['/digits', '/digits/', '/digits/classify', '/digits/metrics', '/digits/digits/health']) {
      expect([path, (await fetch(url + path)).status]).toEqual([path, 401]);
    }
    expect((await post(`${url}/digits/classify`, pngOf(1), { 'x-api-key': 's3cret' })).status).toBe(200);
  });

  test('may stand below a path with a name in it', async () => {
    const { url } = await mounted({}, new Hono(), '/:team/digits');
    expect((await post(`${url}/blue/digits/classify`, pngOf(1))).status).toBe(200);
    expect((await fetch(`${url}/blue/digits/`)).status).toBe(200);
    expect((await fetch(`${url}/blue/digits/sw.js`)).status).toBe(200);
  });

  test('closing answers what it has', async () => {
    const { url, digits } = await mounted();
    const answers = Array.from({ length: 20 }, (_, i) => post(`${url}/digits/classify`, pngOf(i)));
    const first = await Promise.race(answers);
    expect(first.status).toBe(200);
    await digits.close();
    for (const answer of answers) expect([200, 503]).toContain((await answer).status);
    expect((await post(`${url}/digits/classify`, pngOf(1))).status).toBe(503);
    expect((await fetch(`${url}/digits/health`)).status).toBe(503);
  });
});
