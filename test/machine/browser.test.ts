import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ensureBrowser, launchBrowser, probeBrowser, vulkanEnvironment } from 'onward/machine';
import { afterAll, beforeAll, expect, test } from 'vitest';

// A page as `onward serve` gives it: isolated, with a content security policy that forbids what it does not name.
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Content-Security-Policy': "default-src 'self'",
};
const files: { [path: string]: [type: string, body: string] } = {
  '/': ['text/html', '<!doctype html><title>page</title>'],
  '/worker.js': ['text/javascript', 'self.addEventListener("fetch", () => {});'],
};
const server = createServer((request, response) => {
  const [type, body] = files[request.url ?? ''] ?? ['text/plain', ''];
  response.writeHead(body ? 200 : 404, { ...headers, 'Content-Type': type }).end(body);
});
let address = '';

beforeAll(async () => {
  expect(await ensureBrowser()).toMatchObject({ status: expect.stringMatching(/made|reused/) });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.close();
});

test('the browser has isolation, WebGPU, threads and service workers, and keeps web security', async () => {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(address);
    const facts = await page.evaluate(async () => {
      // biome-ignore lint/suspicious/noExplicitAny: WebGPU's types are not in the DOM's.
      const adapter = await (navigator as any).gpu?.requestAdapter();
      const device = await adapter?.requestDevice();
      await navigator.serviceWorker.register('/worker.js');
      const registration = await navigator.serviceWorker.ready;
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
      const inline = document.createElement('script');
      inline.textContent = 'window.inlineRan = true';
      document.head.append(inline);
      return {
        isolated: crossOriginIsolated,
        device: Boolean(device),
        serviceWorker: Boolean(registration.active),
        sharedMemory: memory.buffer instanceof SharedArrayBuffer,
        inlineScriptRan: 'inlineRan' in window,
      };
    });
    expect(facts).toEqual({
      isolated: true,
      device: true,
      serviceWorker: true,
      sharedMemory: true,
      inlineScriptRan: false,
    });
  } finally {
    await browser.close();
  }
});

test('the probe names the version of the browser that it started', async () => {
  expect(await probeBrowser()).toMatchObject({ available: true, version: expect.stringMatching(/^\d+\.\d+/) });
});

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'the bundled browser brings a Vulkan driver for Node',
  () => {
    expect(vulkanEnvironment()).toEqual({
      LD_LIBRARY_PATH: expect.stringContaining('chromium-'),
      VK_ICD_FILENAMES: expect.stringMatching(/icd\.json$/),
    });
  },
);

test('a browser that the environment names and that is not there is an error, not another browser', async () => {
  process.env.ONWARD_BROWSER = '/no/such/browser';
  try {
    await expect(launchBrowser()).rejects.toThrow(/ONWARD_BROWSER names the browser \/no\/such\/browser/);
  } finally {
    delete process.env.ONWARD_BROWSER;
  }
});
