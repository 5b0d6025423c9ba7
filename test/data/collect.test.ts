import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryDataset } from 'onward/data';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { collect, type Put } from '#onward/data/collect.js';
import { datasetContract } from './contract.js';

const spec = { width: 5, height: 4, channels: 3, fit: 'contain', background: [0, 0, 0] } as const;
const size = 60;
const length = 40;
const pixels = Uint8Array.from({ length: length * size }, (_, i) => (i * 7 + (i >> 6)) & 255);
const labels = Uint32Array.from({ length }, (_, i) => i % 3);
const options = { name: 'forty', spec, classes: ['a', 'b', 'c'], length, identity: ['forty', 1] } as const;

/** In pieces of 7. */
async function fill(put: Put): Promise<void> {
  for (let i = 0; i < length; i += 7) {
    await put(pixels.slice(i * size, (i + 7) * size), labels.slice(i, i + 7));
  }
}

let cache: string;
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), 'onward-collect-'));
});
afterAll(() => rmSync(cache, { recursive: true, force: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});

/** What lies in the cache, or in memory, for these bytes of it. */
async function open(
  memory: number,
  how: (put: Put) => Promise<void> = fill,
  identity: readonly (string | number)[] = options.identity,
) {
  vi.stubEnv('ONWARD_CACHE', cache);
  return collect({ ...options, identity, memory }, how);
}

datasetContract('images in a file', () => open(0));
datasetContract('images in memory', () => open(1e6));

describe('collected images', () => {
  it('are the same in a file as in memory', async () => {
    const [file, memory] = [await open(0), await open(1e6)];
    const plain = memoryDataset({ ...options, labels, pixels });
    for (const dataset of [file, memory]) {
      expect(dataset.digest).toBe(plain.digest);
      expect([...dataset.labels]).toEqual([...labels]);
      const order = [5, 6, 7, 39, 0, 0, 1];
      expect(await dataset.batch(order)).toEqual(await plain.batch(order));
    }
  });

  it('are written once', async () => {
    const again = vi.fn(fill);
    await open(0, again, ['once']);
    await open(0, again, ['once']);
    expect(again).toHaveBeenCalledTimes(1);
    await open(0, again, ['another']);
    expect(again).toHaveBeenCalledTimes(2);
  });

  it('are not there when they broke off, nor when one is missing', async () => {
    const before = readdirSync(join(cache, 'datasets'));
    const broken = async (put: Put) => {
      await put(pixels.slice(0, size), [0]);
      throw new Error('broke off');
    };
    await expect(open(0, broken, ['broken'])).rejects.toThrow('broke off');
    const short = async (put: Put) => put(pixels.slice(0, size), [0]);
    await expect(open(0, short, ['short'])).rejects.toThrow('expected 40 images of forty, got 1');
    const long = async (put: Put) => {
      await fill(put);
      await put(pixels.slice(0, size), [0]);
    };
    await expect(open(0, long, ['long'])).rejects.toThrow('expected 40 images of forty, got more');
    expect(readdirSync(join(cache, 'datasets'))).toEqual(before);
  });

  it('are not read beyond a file that somebody shortened', async () => {
    const dataset = await open(0, fill, ['shortened']);
    const newest = readdirSync(join(cache, 'datasets')).map((name) => join(cache, 'datasets', name, 'images'));
    for (const path of newest) truncateSync(path, 30 * size);
    expect(await dataset.batch([3])).toHaveLength(size);
    await expect(dataset.batch([35])).rejects.toThrow('somebody shortened it');
  });
});
