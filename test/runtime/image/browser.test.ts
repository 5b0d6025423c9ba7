import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { decode, fit, type ImageSpec, type Rgba } from 'onward/image';
import { findBrowser, launchBrowser } from 'onward/machine';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noise } from './lcg.js';
import { chunk, ihdr, join, png, signature } from './png.js';

const signs = fileURLToPath(new URL('../../../../shared/data/hand-signs/', import.meta.url));
const spec: ImageSpec = { width: 64, height: 48, channels: 3, fit: 'contain', background: [200, 30, 60] };

/** Levels that JPEG and WebP may be apart. The Chromium that tests bring has sharp's decoders; other browsers may not. */
const bound = findBrowser()?.kind === 'bundled' ? 0 : 4;

/** Vitest rewrites `import()`, so the page itself does the import. */
const html = `<!doctype html><script type="module">import * as image from '/image.js'; globalThis.image = image;</script>`;

type Answer = { width: number; height: number; pixels: string; fitted: string } | { kind: string; message: string };

let server: Server;
let browser: Browser;
let page: Page;
let files = new Map<string, Uint8Array>();

beforeAll(async () => {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      lib: {
        entry: fileURLToPath(new URL('../../../runtime/image/index.browser.ts', import.meta.url)),
        formats: ['es'],
        fileName: 'image',
      },
    },
  });
  const [first] = Array.isArray(built) ? built : [built];
  if (!first || !('output' in first)) throw new Error('nothing was built');
  const { code } = first.output[0];
  server = createServer((request, response) => {
    const path = (request.url ?? '/').slice(1);
    if (path === '') response.setHeader('content-type', 'text/html').end(html);
    else if (path === 'image.js') response.setHeader('content-type', 'text/javascript').end(code);
    else response.end(files.get(path));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await launchBrowser();
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction(() => 'image' in globalThis);
});

afterAll(async () => {
  await browser?.close();
  server?.close();
});

/** What the browser makes of each file, or why not. */
async function inBrowser(given: Map<string, Uint8Array>): Promise<Map<string, Answer>> {
  files = given;
  const answers = await page.evaluate(
    async ({ names, spec }) => {
      const { decode, fit } = (globalThis as unknown as { image: typeof import('onward/image') }).image;
      const text = (bytes: Uint8Array) => {
        let binary = '';
        for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
        return btoa(binary);
      };
      const one = async (name: string) => {
        try {
          const bytes = new Uint8Array(await (await fetch(`/${name}`)).arrayBuffer());
          const image = await decode(bytes, { name });
          const { width, height, data } = image;
          return { width, height, pixels: text(data), fitted: text(fit(image, spec)) };
        } catch (thrown) {
          return { kind: (thrown as { kind: string }).kind, message: (thrown as Error).message };
        }
      };
      const all: [string, Awaited<ReturnType<typeof one>>][] = [];
      for (const name of names) all.push([name, await one(name)]);
      return all;
    },
    { names: [...given.keys()], spec },
  );
  return new Map(answers);
}

/** The largest difference between Node and browser over all files, before and after fitting. */
async function differences(given: Map<string, Uint8Array>): Promise<{ decoded: number; fitted: number }> {
  let [decoded, fitted] = [0, 0];
  for (const [name, answer] of await inBrowser(given)) {
    if ('message' in answer) throw new Error(`${name}: ${answer.message}`);
    const image = await decode(given.get(name)!);
    expect([answer.width, answer.height], name).toEqual([image.width, image.height]);
    decoded = Math.max(decoded, largest(Buffer.from(answer.pixels, 'base64'), image.data));
    fitted = Math.max(fitted, largest(Buffer.from(answer.fitted, 'base64'), fit(image, spec)));
  }
  return { decoded, fitted };
}

function largest(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

const raw = ({ data, width, height }: Rgba) => sharp(data, { raw: { width, height, channels: 4 } });
const opaque = () => raw(noise(67, 45)).blur(2).removeAlpha();

describe('the browser gives the bytes that Node gives', { timeout: 120_000 }, () => {
  it('for PNG', async () => {
    const sample = (x: number, y: number, c: number) => (x * 7 + y * 13 + c * 31) & 255;
    const kinds = new Map<string, Uint8Array>();
    for (const interlaced of [false, true]) {
      for (const [color, depth] of [
        [0, 1],
        [0, 16],
        [2, 8],
        [3, 4],
        [4, 8],
        [6, 8],
      ] as const) {
        const palette = Array.from({ length: 48 }, (_, i) => i * 5);
        const few = (x: number, y: number, c: number) => sample(x, y, c) & ((1 << Math.min(depth, 8)) - 1);
        kinds.set(
          `${color}-${depth}-${interlaced}.png`,
          png({ width: 23, height: 19, color, depth, interlaced, sample: few, ...(color === 3 && { palette }) }),
        );
      }
    }
    expect(await differences(kinds)).toEqual({ decoded: 0, fitted: 0 });
  });

  it('for JPEG: 4:4:4, 4:2:0, progressive, gray, CMYK, with a profile, of every orientation', async () => {
    const kinds = new Map<string, Uint8Array>();
    for (const chromaSubsampling of ['4:4:4', '4:2:0']) {
      for (const progressive of [false, true]) {
        for (const quality of [50, 90, 100]) {
          const bytes = await opaque().jpeg({ chromaSubsampling, progressive, quality }).toBuffer();
          kinds.set(`${chromaSubsampling.replaceAll(':', '')}-${progressive}-${quality}.jpg`, bytes);
        }
      }
    }
    kinds.set('gray.jpg', await opaque().toColourspace('b-w').jpeg().toBuffer());
    kinds.set('cmyk.jpg', await opaque().toColourspace('cmyk').jpeg().toBuffer());
    kinds.set('profile.jpg', await opaque().withIccProfile('p3').jpeg().toBuffer());
    for (let orientation = 1; orientation <= 8; orientation++) {
      kinds.set(`${orientation}.jpg`, await opaque().withMetadata({ orientation }).jpeg().toBuffer());
    }
    const { decoded, fitted } = await differences(kinds);
    expect(decoded).toBeLessThanOrEqual(bound);
    expect(fitted).toBeLessThanOrEqual(bound);
  });

  it('for WebP: lossless and not, with alpha, with a profile, of every orientation', async () => {
    const clear = () => raw(noise(67, 45, true)).blur(1);
    const kinds = new Map<string, Uint8Array>([
      ['lossy.webp', await opaque().webp({ quality: 60 }).toBuffer()],
      ['lossless.webp', await opaque().webp({ lossless: true }).toBuffer()],
      ['alpha.webp', await clear().webp({ quality: 80 }).toBuffer()],
      [
        'lossless-alpha.webp',
        await raw(noise(67, 45, true))
          .webp({ lossless: true, exact: true })
          .toBuffer(),
      ],
      ['profile.webp', await opaque().withIccProfile('p3').webp().toBuffer()],
    ]);
    for (let orientation = 1; orientation <= 8; orientation++) {
      kinds.set(
        `${orientation}.webp`,
        await opaque().withMetadata({ orientation }).webp({ lossless: true }).toBuffer(),
      );
    }
    const { decoded, fitted } = await differences(kinds);
    expect(decoded).toBeLessThanOrEqual(bound);
    expect(fitted).toBeLessThanOrEqual(bound);
  });

  it.skipIf(!existsSync(signs))('for photographs from phones (where ../shared/data/hand-signs is)', async () => {
    const photos = new Map<string, Uint8Array>();
    for (let digit = 0; digit < 10; digit++) {
      const names = readdirSync(`${signs}${digit}`).filter((_, i) => i % 8 === 0);
      for (const name of names) photos.set(`${digit}-${name}`, readFileSync(`${signs}${digit}/${name}`));
    }
    // All 1,644 were compared once, with the same result; every eighth is enough for every day.
    const { decoded, fitted } = await differences(photos);
    expect(decoded).toBeLessThanOrEqual(bound);
    expect(fitted).toBeLessThanOrEqual(bound);
  });
});

it('the browser says no in the words that Node says no in', async () => {
  const jpeg = await opaque().jpeg().toBuffer();
  const webp = await opaque().webp().toBuffer();
  const garbled = jpeg.slice();
  // No quantisation table: every decoder gives up.
  garbled.fill(0, garbled.indexOf(Buffer.from([0xff, 0xdb])) + 4, garbled.indexOf(Buffer.from([0xff, 0xda])) - 2);
  const bad = new Map<string, Uint8Array>([
    ['empty.png', new Uint8Array(0)],
    ['text.png', new TextEncoder().encode('hello')],
    ['short.jpg', jpeg.subarray(0, jpeg.length >> 1)],
    ['short.webp', webp.subarray(0, webp.length >> 1)],
    ['garbled.jpg', garbled],
    ['bomb.png', join(signature, ihdr(50_000, 50_000), chunk('IEND', []))],
    ['animated.gif', await opaque().gif().toBuffer()],
  ]);
  for (const [name, answer] of await inBrowser(bad)) {
    const thrown = await decode(bad.get(name)!, { name }).catch((error) => error);
    expect(answer, name).toEqual({ kind: thrown.kind, message: thrown.message });
  }
});
