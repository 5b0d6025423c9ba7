import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from 'onward/machine';
import { serve } from 'onward/serve';
import { expect, onTestFinished, test } from 'vitest';
import { labels, modelOf } from '../runtime/engines/models.js';
import { pngOf } from '../serve/helpers.js';
import { expectClean, newPage } from '../web/browser.js';

const built = fileURLToPath(new URL('../../dist/client/', import.meta.url));

test('the client asks the server of its page, from a real browser', { timeout: 120_000 }, async () => {
  const server = await serve({ model: modelOf(), port: 0, workers: 1, name: 'animals', log: () => {} });
  onTestFinished(() => server.close());
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const open = await newPage(browser);
  const { page } = open;
  // As it was built, from the page's own address.
  await page.route(`${server.url}client/*`, async (route) => {
    const name = new URL(route.request().url()).pathname.split('/').at(-1);
    const body = name === 'all.js' ? "globalThis.client = await import('./index.js')" : await readFile(built + name);
    await route.fulfill({ body, contentType: 'text/javascript' });
  });
  await page.goto(`${server.url}docs`);
  expect(await page.locator('summary').count()).toBeGreaterThan(10);
  expect(await page.evaluate(() => getComputedStyle(document.body).maxWidth)).not.toBe('none');

  await page.addScriptTag({ url: '/client/all.js', type: 'module' });
  await page.waitForFunction(() => 'client' in globalThis);
  const found = await page.evaluate(
    async (bytes) => {
      const { createClient } = (globalThis as unknown as { client: typeof import('onward/client') }).client;
      const client = createClient({ url: '/' });
      const image = new Blob([new Uint8Array(bytes)], { type: 'image/png' });
      const tensor = { shape: [1, 8, 8, 3], data: new Uint8ClampedArray(192) };
      const { outputs } = await client.infer('animals', { image: tensor });
      const refused = await client.classify(new Uint8Array(9)).catch((error) => ({ ...error, message: error.message }));
      const left = await client.health({ signal: AbortSignal.abort() }).catch((error) => error.name);
      return {
        one: await client.classify(image),
        two: await client.classify([image, image], { top: 1 }),
        sum: (outputs.probabilities!.data as Float32Array).reduce((a, b) => a + b, 0),
        ready: await client.ready('animals'),
        refused,
        left,
      };
    },
    [...pngOf(1)],
  );
  expect(found.one.labels).toEqual(labels);
  expect(found.two.map(({ top }) => top[0]!.label)).toEqual([found.one.label, found.one.label]);
  expect(found.sum).toBeCloseTo(1, 5);
  expect(found).toMatchObject({ ready: true, left: 'AbortError', refused: { kind: 'refused', status: 415 } });
  expectClean({ ...open, errors: open.errors.filter((line) => !/status of 415/.test(line)) }, server.url);
});
