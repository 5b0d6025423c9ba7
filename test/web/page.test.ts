import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from 'onward/image';
import { launchBrowser } from 'onward/machine';
import { serve, writeSite } from 'onward/serve';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { labels, modelOf } from '../runtime/engines/models.js';
import { jpegOf, pngOf } from '../serve/helpers.js';
import { classify, expectClean, newPage, offlineReady, ready, shown } from './browser.js';
import { manyClasses } from './many-classes.js';
import { staticServer } from './static-server.js';

const model = modelOf();
let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

async function started(given = model, port = 0) {
  const server = await serve({ model: given, port, workers: 1, log: () => {} });
  onTestFinished(() => server.close());
  return server;
}

async function opened() {
  const open = await newPage(browser);
  onTestFinished(() => open.close());
  return open;
}

const expectedLabel = async (url: string, body: Uint8Array<ArrayBuffer>) =>
  (await (await fetch(`${url}classify`, { method: 'POST', body })).json()).label;

describe('the page of a server', { timeout: 120_000 }, () => {
  test('classifies, agrees with the server, and does so again without it', async () => {
    const server = await started();
    const open = await opened();
    const { page } = open;
    await page.goto(server.url);
    await ready(page);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);

    const first = await classify(page, pngOf(3));
    expect(first.label).toBe(await expectedLabel(server.url, pngOf(3)));
    expect(first.bars.map(([name]) => name)).toEqual(labels);
    await page.waitForSelector('#agreement[data-agrees=yes]:not([hidden])');
    expect(await page.innerText('#agreement')).toMatch(/agree.*max \|Δp\| /);
    expect(await page.innerText('#server-engine')).toBe('ort-cpu');
    expect(await page.innerText('#server-time')).toMatch(/ms$/);
    expect(await page.innerText('#facts')).toContain(model.digest!.slice(0, 12));
    expect(await page.innerText('#facts')).toMatch(/16 samples, max \|Δp\| /);
    await offlineReady(page);

    await server.close();
    await page.reload();
    await ready(page);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(await classify(page, pngOf(3))).toEqual(first);
    await page.waitForFunction(() => document.getElementById('server-engine')?.textContent === 'does not answer');
    // A second reload: nothing depends on what the first left behind.
    await page.goto(`${server.url}index.html`);
    await ready(page);
    expect(await classify(page, pngOf(3))).toEqual(first);
    expectClean(open, server.url);
  });

  test('brings the answer into view on a phone', async () => {
    const server = await started();
    const { page } = await opened();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(server.url);
    await ready(page);
    await classify(page, pngOf(3));
    await page.waitForFunction(() => {
      const label = document.getElementById('label')!.getBoundingClientRect();
      const bars = document.getElementById('bars')!.getBoundingClientRect();
      return label.top >= 0 && bars.bottom <= innerHeight;
    });
  });

  test('gets a new model from the same address', async () => {
    const open = await opened();
    const { page } = open;
    const server = await started();
    await page.goto(server.url);
    await offlineReady(page);
    await server.close();
    const newer = modelOf(2);
    await started(newer, server.port);
    await page.goto(server.url);
    await page.waitForFunction(
      (digest) => document.getElementById('facts')?.textContent?.includes(digest),
      newer.digest!.slice(0, 12),
      { timeout: 60_000 },
    );
    await ready(page);
    expect((await classify(page, pngOf(3))).label).toBe(await expectedLabel(server.url, pngOf(3)));
    await page.waitForSelector('#agreement[data-agrees=yes]:not([hidden])');
  });

  test('takes a drop, a paste and one of its examples', async () => {
    const server = await started();
    const open = await opened();
    const { page } = open;
    await page.goto(server.url);
    await ready(page);
    for (const [kind, seed] of [
      ['drop', 4],
      ['paste', 5],
    ] as const) {
      const bytes = await jpegOf(seed);
      await page.evaluate(
        ([kind, bytes]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], 'x.jpg', { type: 'image/jpeg' }));
          const event =
            kind === 'drop'
              ? new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true })
              : new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true });
          document.getElementById('label')!.textContent = '';
          document.body.dispatchEvent(event);
        },
        [kind, [...bytes]] as const,
      );
      await page.waitForFunction(() => document.getElementById('label')!.textContent);
      expect([kind, (await shown(page)).label]).toEqual([kind, await expectedLabel(server.url, bytes)]);
    }
    await page.evaluate(() => document.getElementById('label')!.replaceChildren());
    await page.locator('.example').first().click();
    await page.waitForFunction(() => document.getElementById('label')!.textContent);
    await page.waitForSelector('#agreement[data-agrees=yes]:not([hidden])');
    expectClean(open, server.url);
  });

  test('says in one sentence what is wrong with a file, and goes on', async () => {
    const server = await started();
    const { page } = await opened();
    await page.goto(server.url);
    await ready(page);
    await page.setInputFiles('#file', { name: 'x.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
    await page.waitForSelector('#error:not([hidden])');
    expect(await page.innerText('#error')).toMatch(/^The image is not an image.*\.$/);
    expect((await classify(page, pngOf(1))).label).toBe(await expectedLabel(server.url, pngOf(1)));
    expect(await page.isVisible('#error')).toBe(false);
  });

  test('classifies what is drawn, with keys to get there', async () => {
    const server = await started();
    const open = await opened();
    const { page } = open;
    await page.goto(server.url);
    await ready(page);
    await page.focus('#tab-picture');
    await page.keyboard.press('ArrowRight');
    expect(await page.isVisible('#ink')).toBe(true);
    const box = (await page.locator('#ink').boundingBox())!;
    await page.mouse.move(box.x + 100, box.y + 80);
    await page.mouse.down();
    await page.mouse.move(box.x + 220, box.y + 90, { steps: 5 });
    await page.mouse.move(box.x + 120, box.y + 260, { steps: 5 });
    await page.mouse.up();
    await page.waitForSelector('#agreement[data-agrees=yes]:not([hidden])');
    expect(labels).toContain((await shown(page)).label);
    await page.click('#clear');
    expect((await shown(page)).label).toBe('Draw something');
    expectClean(open, server.url);
  });

  test('changes the engine, and keeps the choice', async () => {
    const server = await started();
    const open = await opened();
    const { page } = open;
    await page.goto(server.url);
    await ready(page);
    await page.check('input[value=web-webgpu]');
    await page.waitForFunction(() => document.querySelector('#facts')?.textContent?.includes('samples'));
    await classify(page, pngOf(3));
    await page.waitForFunction(() => document.getElementById('here-engine')?.textContent === 'WebGPU');
    await page.waitForSelector('#agreement[data-agrees=yes]:not([hidden])');
    await page.reload();
    await ready(page);
    expect(await page.isChecked('input[value=web-webgpu]')).toBe(true);
    expectClean(open, server.url);
  });

  test('shows the ten likeliest of many classes, and draws black on white for a model that has white around its images', async () => {
    const server = await started(manyClasses());
    const open = await opened();
    const { page } = open;
    await page.goto(server.url);
    await ready(page);
    expect(await page.innerText('#facts')).toContain('carries no samples');
    const { label, bars } = await classify(page, encodePng({ width: 2, height: 2, data: new Uint8Array(4).fill(128) }));
    expect(label).toBe('a shade of gray, number 16');
    expect(bars).toHaveLength(10);
    const values = bars.map(([, value]) => Number.parseFloat(value.replace('<', '')));
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    await page.click('#tab-draw');
    const box = (await page.locator('#ink').boundingBox())!;
    await page.mouse.click(box.x + 50, box.y + 50);
    await page.waitForFunction(() => document.getElementById('label')!.textContent?.includes('number 30'));
    expectClean(open, server.url);
  });

  test('over plain http from another machine says what it lacks and works all the same', async () => {
    const server = await started();
    const { page } = await opened();
    // Another host's name: for the browser that is no localhost, so the context is not secure.
    await page.route('http://onward.test/**', async (route) => {
      const { pathname } = new URL(route.request().url());
      const response = await route.fetch({ url: server.url + pathname.slice(1) });
      await route.fulfill({ response });
    });
    await page.goto('http://onward.test/');
    await ready(page);
    expect(await page.evaluate(() => isSecureContext)).toBe(false);
    expect(await page.innerText('#notice')).toMatch(/plain http.*https/);
    expect(await page.isDisabled('input[value=web-webgpu]')).toBe(true);
    expect((await classify(page, pngOf(3))).label).toBe(await expectedLabel(server.url, pngOf(3)));
  });
});

describe('a site of static files', { timeout: 120_000 }, () => {
  test('in a subfolder of a host without any headers is isolated, and works without the host', async () => {
    const root = await mkdtemp(join(tmpdir(), 'onward-test-'));
    onTestFinished(() => rm(root, { recursive: true }));
    await writeSite(model, join(root, 'some', 'where'));
    const host = await staticServer(root);
    onTestFinished(() => host.close());
    const open = await opened();
    const { page } = open;
    const address = `${host.origin}/some/where/`;
    await page.goto(address);
    await page.waitForFunction(() => crossOriginIsolated, undefined, { timeout: 60_000 });
    await ready(page);
    const first = await classify(page, pngOf(3));
    expect(first.label).toBe(await expectedLabel((await started()).url, pngOf(3)));
    expect(await page.isVisible('#server')).toBe(false);
    await offlineReady(page);

    await host.close();
    await page.reload();
    await ready(page);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(await classify(page, pngOf(3))).toEqual(first);
    expectClean(open, address);
  });
});
