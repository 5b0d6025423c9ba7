import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Hono } from 'hono';
import { sha256Hex } from 'onward/common';
import { parseApiKeys, type ServeOptions, serve } from 'onward/serve';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { addressOf, believing, networkOf, trustedProxies } from '#onward/serve/http/address.js';
import { createBuckets } from '#onward/serve/http/buckets.js';
import { keepQuotas } from '#onward/serve/http/keep-quotas.js';
import { createQuotas } from '#onward/serve/http/quota.js';
import { modelOf } from '../runtime/engines/models.js';
import { pngOf } from './helpers.js';
import { eventually } from './until.js';

const model = modelOf();
const hashOf = (key: string) => sha256Hex(new TextEncoder().encode(key));

async function started(options: Partial<ServeOptions>) {
  const server = await serve({ model, port: 0, workers: 1, name: 'm', log: () => {}, ...options });
  onTestFinished(() => server.close());
  return server;
}

/** Statuses of so many requests one after another. */
async function statuses(url: string, count: number, headers: Record<string, string> = {}) {
  const found: number[] = [];
  for (let i = 0; i < count; i++) {
    found.push((await fetch(`${url}classify`, { method: 'POST', body: pngOf(i), headers })).status);
  }
  return found;
}

describe('buckets', () => {
  test('let through what the rate says, and as soon as they said', () => {
    const step = fc.record({ client: fc.constantFrom('a', 'b'), after: fc.integer({ min: 0, max: 400 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 9 }), (steps, count) => {
        let time = 0;
        const buckets = createBuckets({ now: () => time });
        const rate = { count, per: 1000 };
        const passed: { client: string; at: number }[] = [];
        for (const { client, after } of steps) {
          time += after;
          const wait = buckets.take(client, rate);
          if (wait === 0) passed.push({ client, at: time });
        }
        // Of a full bucket and what was refilled meanwhile, whichever two requests are looked at.
        for (const [i, { client, at }] of passed.entries()) {
          const since = passed.slice(i).filter((one) => one.client === client);
          for (const [n, last] of since.entries()) {
            expect(n + 1).toBeLessThanOrEqual(count + ((last.at - at) * count) / 1000 + 1e-6);
          }
        }
        let wait = buckets.take('a', rate);
        while (wait === 0) wait = buckets.take('a', rate);
        time += wait;
        expect(buckets.take('a', rate)).toBe(0);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  test('of many clients only the latest are remembered', () => {
    const buckets = createBuckets({ most: 3, now: () => 0 });
    const once = { count: 1, per: 1000 };
    for (const client of ['a', 'b', 'c']) expect(buckets.take(client, once)).toBe(0);
    expect(buckets.take('a', once)).toBeGreaterThan(0);
    expect(buckets.take('d', once)).toBe(0);
    expect(buckets.take('a', once)).toBeGreaterThan(0);
    expect(buckets.take('b', once)).toBe(0);
  });
});

describe('the rate of a client', () => {
  test('beyond it: 429, and when to come again; health is always answered', async () => {
    const { url } = await started({ rateLimit: '3/h' });
    expect(await statuses(url, 5)).toEqual([200, 200, 200, 429, 429]);
    const response = await fetch(`${url}v2`);
    expect(response.status).toBe(429);
    const seconds = Number(response.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(1100);
    expect(seconds).toBeLessThanOrEqual(1200);
    expect(await response.json()).toEqual({
      error: expect.stringMatching(/at most 3 images .* an hour.*come again in/),
    });
    expect((await fetch(`${url}health`)).status).toBe(200);
  });

  test('a form counts as its images, a tensor as its rows', async () => {
    const { url } = await started({ rateLimit: '10/h' });
    const form = new FormData();
    for (let i = 0; i < 4; i++) form.append('image', new Blob([pngOf(i)]), 'x.png');
    expect((await fetch(`${url}classify`, { method: 'POST', body: form })).status).toBe(200);
    const rows = { name: 'image', datatype: 'UINT8', shape: [4, 8, 8, 3], data: Array(768).fill(1) };
    const body = JSON.stringify({ inputs: [rows] });
    expect((await fetch(`${url}v2/models/m/infer`, { method: 'POST', body })).status).toBe(200);
    expect(await statuses(url, 3)).toEqual([200, 200, 429]);
  });

  test('nobody gets a second one by a header, unless a trusted proxy wrote it', async () => {
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const { url } = await started({ rateLimit: '1/h' });
    expect(await statuses(url, 1, from('1.1.1.1'))).toEqual([200]);
    expect(await statuses(url, 1, from('2.2.2.2'))).toEqual([429]);
    const { url: behind } = await started({ rateLimit: '1/h', trustProxy: ['loopback'] });
    expect(await statuses(behind, 2, from('1.1.1.1'))).toEqual([200, 429]);
    expect(await statuses(behind, 2, from('9.9.9.9, 2.2.2.2'))).toEqual([200, 429]);
    expect(await statuses(behind, 1, from('8.8.8.8, 2.2.2.2'))).toEqual([429]);
    expect(await statuses(behind, 2)).toEqual([200, 429]);
  });
});

describe('limits of a key', () => {
  const hash = hashOf('w');
  const keys = parseApiKeys(
    `wide ${hash} quota=20/day\nslow ${hashOf('s')} rate=2/h\nmany ${hashOf('m')} quota=3/day\nfree ${hashOf('f')}\n`,
    'keys',
  );
  const by = (key: string) => ({ 'x-api-key': key });

  test('each has its own', async () => {
    const { url } = await started({ keys });
    expect(await statuses(url, 3, by('s'))).toEqual([200, 200, 429]);
    expect(await statuses(url, 4, by('m'))).toEqual([200, 200, 200, 429]);
    expect(await statuses(url, 5, by('f'))).toEqual([200, 200, 200, 200, 200]);
    const response = await fetch(`${url}classify`, { method: 'POST', body: pngOf(1), headers: by('m') });
    expect(Number(response.headers.get('retry-after'))).toBeLessThanOrEqual(86_400);
    expect(await response.json()).toEqual({ error: expect.stringMatching(/many has used its 3 images of this day/) });
  });

  test('a form counts as its images, whatever else is in it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onward-test-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const quotaFile = join(folder, 'quotas.json');
    const server = await started({ keys, quotaFile });
    const body = new FormData();
    for (let i = 0; i < 3; i++) body.append('image', new Blob([pngOf(i)]), 'x.png');
    for (let i = 0; i < 4; i++) body.append('note', 'text');
    expect((await fetch(`${server.url}classify`, { method: 'POST', body, headers: by('w') })).status).toBe(200);
    const broken = new FormData();
    for (let i = 0; i < 5; i++) broken.append('image', new Blob([i < 4 ? pngOf(i) : 'x']), 'x.png');
    const refused = await fetch(`${server.url}classify`, { method: 'POST', body: broken, headers: by('w') });
    expect(refused.status).toBe(415);
    await server.close();
    // Three, and the five of one that was refused by its last.
    expect(JSON.parse(await readFile(quotaFile, 'utf8'))).toMatchObject({ wide: { used: 8 } });
  });

  test('a quota is not overshot by what comes at once, or fails', async () => {
    const { url } = await started({ keys });
    const send = (count: number, field = 'image') => {
      const body = new FormData();
      for (let i = 0; i < count; i++) body.append(i === 0 ? 'image' : field, new Blob([pngOf(i)]), 'x.png');
      return fetch(`${url}classify`, { method: 'POST', body, headers: by('m') });
    };
    const never = await send(4);
    expect([never.status, await never.json()]).toEqual([
      403,
      { error: 'this request counts as 4 images, more than the 3 of a day that many has' },
    ]);
    // That one counted as one request; of two at once for the two that are left one is too many.
    const both = await Promise.all([send(2), send(2)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 429]);
  });

  test('who guesses keys is slowed down, and takes nothing from those who have one', async () => {
    const { url } = await started({ keys, rateLimit: '3/h' });
    expect(await statuses(url, 5, by('guess'))).toEqual([401, 401, 401, 429, 429]);
    expect(await statuses(url, 4, by('f'))).toEqual([200, 200, 200, 429]);
  });

  test('what was used is kept over a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onward-test-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const quotaFile = join(folder, 'quotas.json');
    const first = await started({ keys, quotaFile });
    expect(await statuses(first.url, 2, by('m'))).toEqual([200, 200]);
    await first.close();
    expect(JSON.parse(await readFile(quotaFile, 'utf8'))).toEqual({ many: { window: expect.any(String), used: 2 } });
    const { url } = await started({ keys, quotaFile });
    expect(await statuses(url, 2, by('m'))).toEqual([200, 429]);
    await writeFile(quotaFile, '{"many":');
    await expect(serve({ model, port: 0, keys, quotaFile })).rejects.toThrow(
      /quotas\.json: expected what keys have used/,
    );
  });

  test('a quota begins anew with its hour, day or month', () => {
    let time = Date.UTC(2026, 11, 31, 23, 59, 59);
    for (const [per, wait] of [
      ['hour', 1000],
      ['day', 1000],
      ['month', 1000],
    ] as const) {
      time = Date.UTC(2026, 11, 31, 23, 59, 59);
      const quotas = createQuotas(undefined, () => time);
      const quota = { count: 1, per };
      expect([quotas.take('a', quota), quotas.take('a', quota), quotas.take('b', quota)]).toEqual([0, wait, 0]);
      time += 1000;
      expect([per, quotas.take('a', quota)]).toEqual([per, 0]);
    }
    const quotas = createQuotas(undefined, () => Date.UTC(2026, 1, 1));
    expect([quotas.take('a', { count: 1, per: 'month' }), quotas.take('a', { count: 1, per: 'month' })]).toEqual([
      ...[0, 28 * 86_400_000],
    ]);
  });

  test('what is charged afterwards is kept too, and what could not be written is written at the next look', async () => {
    const quotas = createQuotas();
    const quota = { count: 9, per: 'day' } as const;
    quotas.take('a', quota);
    expect(quotas.changes()).toContain('"used":1');
    quotas.charge('a', 4);
    expect(quotas.changes()).toContain('"used":5');
    expect(quotas.changes()).toBe(undefined);

    const folder = join(await mkdtemp(join(tmpdir(), 'onward-test-')), 'later');
    onTestFinished(() => rm(join(folder, '..'), { recursive: true }));
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const said: string[] = [];
    const kept = await keepQuotas(join(folder, 'used.json'), (_, { message }) => void said.push(String(message)));
    kept.quotas.take('a', quota);
    await writeFile(folder, 'a file where the folder should be');
    vi.advanceTimersByTime(5000);
    await eventually(async () => said.length === 1);
    expect(said[0]).toMatch(/used\.json: what keys have used cannot be kept/);
    await kept.close();
    expect(said).toHaveLength(1);
    await rm(folder);
    await mkdir(folder);
    await kept.close();
    expect(await readFile(join(folder, 'used.json'), 'utf8')).toContain('"used":1');
  });

  test.each([
    ['rate=2', /keys\.txt, line 1: expected a rate, for example 100\/s, .*got "2"/],
    ['quota=2/week', /line 1: expected a quota, for example .*got "2\/week"/],
    ['speed=9', /line 1: expected rate=100\/s or quota=10000\/day behind the hash, each once, got "speed=9"/],
    ['rate=1/s rate=2/s', /each once/],
  ])('%s is refused', (limits, message) => {
    expect(() => parseApiKeys(`shop ${hashOf('x')} ${limits}`, 'keys.txt')).toThrow(message);
  });
});

describe('addresses', () => {
  const asked = async (peer: string | undefined, forwarded: string | undefined, trusted: string[]) => {
    const app = new Hono().use(believing(trustedProxies(trusted))).get('/', (c) => c.text(addressOf(c)));
    const incoming = {
      socket: { remoteAddress: peer },
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    };
    return (await app.request('/', {}, { incoming, outgoing: {} })).text();
  };

  test.each<[string | undefined, string | undefined, string[], string]>([
    ['1.2.3.4', '5.6.7.8', [], '1.2.3.4'],
    ['::ffff:127.0.0.1', '5.6.7.8', ['loopback'], '5.6.7.8'],
    ['10.0.0.1', '9.9.9.9, 5.6.7.8, 10.0.0.2', ['10.0.0.0/8'], '5.6.7.8'],
    ['10.0.0.1', '10.0.0.9, 10.0.0.2', ['private'], '10.0.0.9'],
    ['10.0.0.1', undefined, ['private'], '10.0.0.1'],
    ['10.0.0.1', 'unknown', ['private'], '10.0.0.1'],
    ['10.0.0.1', 'junk, 10.0.0.2', ['private'], '10.0.0.2'],
    ['::1', '5.6.7.8:1234', ['loopback'], '5.6.7.8'],
    ['::1', '[2001:db8::1]:80', ['loopback'], '2001:db8::1'],
    [undefined, '5.6.7.8', [], 'unix'],
    [undefined, '5.6.7.8', ['unix'], '5.6.7.8'],
    ['11.0.0.1', '5.6.7.8', ['private', 'loopback', 'unix'], '11.0.0.1'],
  ])('from %s with %s, trusting %j: %s', async (peer, forwarded, trusted, expected) => {
    expect(await asked(peer, forwarded, trusted)).toBe(expected);
  });

  test.each([
    ['1.2.3.4', '1.2.3.4'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['2001:0DB8::', '2001:db8:0:0::/64'],
    ['unix', 'unix'],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  test.each(['10.0.0.0/33', 'here', '1.2.3', '10.0.0.0/8/8', '10.0.0.0/x'])('no proxy: %s', (entry) => {
    expect(() => trustedProxies([entry])).toThrow(/--trust-proxy: expected addresses/);
  });
});
