import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { promisify } from 'node:util';
import { engineByName, openSession, type Session } from 'onward/engines';
import { afterEach, describe, expect, it } from 'vitest';
import { servePage } from '#onward/runtime/engines/page-server.node.js';
import { imagesOf, labels, modelOf } from './models.js';

const run = promisify(execFile);
const door = new URL('../../../dist/runtime/engines/index.node.js', import.meta.url).href;
const { available: hasBrowser } = await engineByName('web-wasm').probe();
const { available: hasWebgpu } = await engineByName('ort-webgpu').probe();
const isLinux = process.platform === 'linux';

const model = modelOf();
let open: Session[] = [];
afterEach(async () => {
  await Promise.all(open.map((session) => session.close()));
  open = [];
});
async function start(name: string): Promise<Session> {
  const session = await openSession(engineByName(name), model);
  open.push(session);
  return session;
}

/** The processes that this one has started and that are still there, by what they run. */
async function children(what: RegExp): Promise<number[]> {
  const list = await readFile(`/proc/self/task/${process.pid}/children`, 'utf8').catch(() => '');
  const found: number[] = [];
  for (const id of list.trim().split(' ').filter(Boolean).map(Number)) {
    const line = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
    if (what.test(line)) found.push(id);
  }
  return found;
}

/** Runs a script in a process of its own, which has to end by itself. */
async function script(body: string): Promise<string> {
  const code = `
    import { engineByName } from '${door}';
    const model = JSON.parse(process.env.MODEL);
    model.bytes = Uint8Array.from(Buffer.from(model.bytes, 'base64'));
    const images = new Uint8Array(${imagesOf(1, 1).length});
    ${body}`;
  const { golden, bytes, ...rest } = model;
  const env = { ...process.env, MODEL: JSON.stringify({ ...rest, bytes: Buffer.from(bytes).toString('base64') }) };
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { env, timeout: 25_000 });
  return stdout;
}

describe('the process of a session', () => {
  it.skipIf(!hasWebgpu)('ends with its session, and needs no closing for this one to end', async () => {
    const out = await script(`
      const session = await engineByName('ort-webgpu').open(model);
      const p = await session.predict(images, 1);
      console.log(p.length);`);
    expect(out).toBe(`${labels.length}\n`);
  });

  it.skipIf(!hasWebgpu || !isLinux)('says so when it dies, and another can be opened', async () => {
    const session = await start('ort-webgpu');
    const [child] = await children(/ort-child/);
    expect(child).toBeGreaterThan(0);
    process.kill(child!, 'SIGKILL');
    await expect(session.predict(imagesOf(1, 1), 1)).rejects.toMatchObject({
      kind: 'system',
      message: expect.stringContaining('ort-webgpu: its process ended (signal SIGKILL'),
    });
    await session.close();
    expect(await (await start('ort-webgpu')).predict(imagesOf(1, 1), 1)).toHaveLength(labels.length);
    await Promise.all(open.map((one) => one.close()));
    expect(await children(/ort-child/)).toEqual([]);
  });
});

describe('the browser of the web engines', () => {
  it.skipIf(!hasBrowser)('lets the process end once the last session is closed', async () => {
    const out = await script(`
      const [one, two] = await Promise.all(['web-wasm', 'web-webgpu'].map((name) => engineByName(name).open(model)));
      await one.close();
      console.log((await two.predict(images, 1)).length);
      await two.close();`);
    expect(out).toBe(`${labels.length}\n`);
  });

  it.skipIf(!hasBrowser)('has threads, which needs cross-origin isolation, as many as are asked for', async () => {
    const one = await engineByName('web-wasm').open(model, { threads: 1 });
    open.push(one);
    expect(one.device).toMatch(/^\S+ \d+, 1 thread$/);
    const two = await engineByName('web-wasm').open(model, { threads: 2 });
    open.push(two);
    expect(two.device).toMatch(/^\S+ \d+, 2 threads$/);
  });

  it.skipIf(!hasBrowser || !isLinux)('says so when it dies, and another can be started', async () => {
    const session = await start('web-wasm');
    const [browser] = await children(/--headless/);
    expect(browser).toBeGreaterThan(0);
    process.kill(browser!, 'SIGKILL');
    await expect(session.predict(imagesOf(1, 1), 1)).rejects.toMatchObject({
      kind: 'system',
      message: expect.stringContaining('the browser ended while it worked'),
    });
    expect(await (await start('web-wasm')).predict(imagesOf(1, 1), 1)).toHaveLength(labels.length);
    await Promise.all(open.map((one) => one.close()));
    expect(await children(/--headless/)).toEqual([]);
  });
});

describe('the page server', () => {
  /** `fetch` would tidy the path up. */
  const status = (origin: string, path: string) =>
    new Promise<number>((done, failed) => {
      const { hostname, port } = new URL(origin);
      request({ hostname, port, path }, (response) => {
        response.resume();
        done(response.statusCode!);
      })
        .on('error', failed)
        .end();
    });

  it('has one copy of the WASM file in it, which is all but nothing of the page', async () => {
    const assets = await readdir(new URL('../../../dist/page/assets', import.meta.url));
    expect(assets.filter((name) => name.endsWith('.wasm'))).toHaveLength(1);
    expect(assets.filter((name) => /^ort-wasm.*js$/.test(name))).toHaveLength(1);
  });

  it('serves the page with isolation and nothing outside of it, and forgets what was exchanged', async () => {
    const server = await servePage();
    try {
      const page = await fetch(`${server.origin}/engine.html`);
      expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
      expect(page.headers.get('content-type')).toContain('text/html');
      for (const path of [
        '/../../package.json',
        '/..%2f..%2fpackage.json',
        '/%2e%2e/%2e%2e/package.json',
        '/assets',
        '/%',
      ]) {
        expect([404, undefined], path).toContain(await status(server.origin, path).catch(() => undefined));
      }
      const exchange = server.offer(Uint8Array.of(1, 2, 3));
      const address = server.origin + exchange.address;
      expect(new Uint8Array(await (await fetch(address)).arrayBuffer())).toEqual(Uint8Array.of(1, 2, 3));
      expect(exchange.answer()).toBeUndefined();
      await fetch(address, { method: 'POST', body: Float32Array.of(0.5, 0.25) });
      expect(new Float32Array(exchange.answer()!.buffer)).toEqual(Float32Array.of(0.5, 0.25));
      exchange.end();
      expect((await fetch(address)).status).toBe(404);
    } finally {
      await server.close();
    }
  });
});
