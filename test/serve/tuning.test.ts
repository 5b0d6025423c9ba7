import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openServedModel } from 'onward/serve';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { candidatesFor, choose, type Measurement } from '#onward/serve/tuning/index.js';
import { modelOf } from '../runtime/engines/models.js';
import { pngOf } from './helpers.js';

const model = modelOf();

describe('candidates', () => {
  test('share all cores', () => {
    expect(candidatesFor(1, {})).toEqual([{ workers: 1, threads: 1 }]);
    expect(candidatesFor(2, {})).toEqual([
      { workers: 1, threads: 2 },
      { workers: 2, threads: 1 },
      { workers: 1, threads: 1 },
    ]);
    expect(candidatesFor(6, {}).map(({ workers, threads }) => [workers, threads])).toEqual([
      [1, 6],
      [2, 3],
      [3, 2],
      [6, 1],
      [1, 1],
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 256 }), (cores) => {
        const all = candidatesFor(cores, {});
        expect(all.length).toBeGreaterThan(0);
        for (const { workers, threads } of all.slice(0, -1)) expect(workers * threads!).toBe(cores);
      }),
    );
  });

  test('keep what was set by hand', () => {
    expect(candidatesFor(8, { workers: 3 })).toEqual([{ workers: 3, threads: 2 }]);
    expect(candidatesFor(8, { threads: 4 })).toEqual([{ workers: 2, threads: 4 }]);
    expect(candidatesFor(2, { workers: 5, threads: 7 })).toEqual([{ workers: 5, threads: 7 }]);
  });
});

describe('the choice', () => {
  const at = (workers: number, batch: number, rate: number): Measurement => ({
    workers,
    threads: 2 / workers,
    batch,
    rate,
  });

  test('is large batches where they pay', () => {
    const small = [at(1, 1, 10_000), at(1, 32, 15_000), at(2, 1, 9_000), at(2, 16, 18_000), at(2, 32, 20_000)];
    expect(choose(small)).toEqual(at(2, 32, 20_000));
  });

  test('leaves cores to the event loop where one is plenty', () => {
    const one = (batch: number, rate: number): Measurement => ({ workers: 1, threads: 1, batch, rate });
    const tiny = [one(1, 15_000), one(8, 40_000), one(64, 40_500), at(1, 64, 76_000), at(2, 64, 70_000)];
    expect(choose(tiny)).toEqual(one(8, 40_000));
  });

  test('counts what a batch costs beside its run', () => {
    // As fast in batches of one as of sixteen, but each has to be handed over.
    const fast = [1, 2, 4, 8, 16, 32].map((batch): Measurement => ({ workers: 1, threads: 1, batch, rate: 60_000 }));
    expect(choose([...fast, at(1, 32, 90_000)]).batch).toBe(8);
  });

  test('counts that threads of a session wait for each other where the event loop takes a core of theirs', () => {
    // Measured of a net of 7 ms an image: with requests, two workers of one thread serve 4 to 8 % more.
    const two = [at(2, 1, 265), at(2, 2, 272), at(2, 4, 281), at(2, 8, 286), at(2, 16, 291)];
    const one = [at(1, 1, 232), at(1, 2, 249), at(1, 4, 269), at(1, 8, 287), at(1, 16, 291), at(1, 32, 286)];
    expect(choose([...one, ...two, { workers: 1, threads: 1, batch: 8, rate: 141 }])).toEqual(at(2, 4, 281));
    // A thread that no core has to be taken from waits for nobody.
    const free = [at(2, 8, 2900), { workers: 1, threads: 1, batch: 8, rate: 2900 }];
    expect(choose(free)).toEqual(free[1]);
  });

  test('is the quickest answer where they do not', () => {
    const large = [at(1, 1, 114), at(1, 2, 119.5), at(1, 32, 120), at(2, 1, 116), at(2, 8, 120)];
    expect(choose(large)).toEqual(at(1, 2, 119.5));
  });
});

describe('a served model', () => {
  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onward-test-'));
    const before = process.env.ONWARD_CACHE;
    process.env.ONWARD_CACHE = folder;
    onTestFinished(async () => {
      if (before === undefined) delete process.env.ONWARD_CACHE;
      else process.env.ONWARD_CACHE = before;
      await rm(folder, { recursive: true });
    });
  });
  const files = async () => readdir(join(process.env.ONWARD_CACHE!, 'serve')).catch(() => []);

  test('is measured once it is idle, answers meanwhile, and the next start knows', async () => {
    const served = await openServedModel(model, { tune: 'auto', maxBatch: 4, log: () => {} });
    onTestFinished(() => served.close());
    let answers = 0;
    let done = false;
    void served.tuned.then(() => (done = true));
    const upload = { bytes: pngOf(1), contentType: 'image/png' };
    while (answers < 3) answers += (await served.classify(upload)).probabilities.length;
    expect(done).toBe(false);
    await served.tuned;
    expect((await served.classify(upload)).probabilities).toHaveLength(1);
    const [name] = await files();
    const kept = JSON.parse(await readFile(join(process.env.ONWARD_CACHE!, 'serve', name!), 'utf8'));
    expect(kept).toMatchObject({ batch: 4, rate: expect.any(Number) });
    expect([1, availableParallelism()]).toContain(kept.workers * kept.threads);
    expect(served.running).toMatchObject({ workers: kept.workers, threads: kept.threads, maxBatch: 4, maxWait: 0 });

    // Whatever the file says is what the next one starts with, without measuring.
    await writeFile(
      join(process.env.ONWARD_CACHE!, 'serve', name!),
      JSON.stringify({ workers: 3, threads: 1, batch: 4, rate: 1 }),
    );
    const next = await openServedModel(model, { tune: 'auto', maxBatch: 4, log: () => {} });
    onTestFinished(() => next.close());
    await next.tuned;
    expect(next.running).toEqual({ workers: 3, threads: 1, maxBatch: 4, maxWait: 0 });
  });

  test('uses what was measured though it cannot be kept, and says so', async () => {
    const file = join(process.env.ONWARD_CACHE!, 'file');
    await writeFile(file, '');
    process.env.ONWARD_CACHE = join(file, 'cache');
    const said: string[] = [];
    const log = (line: string) => void said.push(line);
    const served = await openServedModel(model, { tune: 'auto', workers: 1, maxBatch: 4, log });
    onTestFinished(() => served.close());
    const before = served.running;
    await served.tuned;
    // Other threads, even where as many of them were best.
    expect(served.running).not.toBe(before);
    expect(said).toEqual([expect.stringMatching(/measured is used, but cannot be kept for the next start: ENOTDIR/)]);
  });

  test('that is closed before is not measured', async () => {
    const served = await openServedModel(model, { tune: 'auto', workers: 1, log: () => {} });
    await served.close();
    await served.tuned;
    expect(await files()).toEqual([]);
  });
});
