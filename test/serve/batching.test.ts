import { fileURLToPath } from 'node:url';
import { openServedModel, type ServedModelOptions } from 'onward/serve';
import { describe, expect, onTestFinished, test } from 'vitest';
import { modelOf } from '../runtime/engines/models.js';
import { until } from './until.js';

const filename = fileURLToPath(new URL('./fake-worker.mjs', import.meta.url));
const model = modelOf();

/** What a request tells the fake worker to do. */
const [fine, end, fail] = [0, 1, 2];

async function opened(options: ServedModelOptions = {}) {
  const log: string[] = [];
  const dropped: string[] = [];
  const served = await openServedModel(model, {
    ...{ workers: 1, filename, log: (line: string) => void log.push(line) },
    observer: { dropped: (reason) => void dropped.push(reason) },
    ...options,
  });
  onTestFinished(() => served.close());
  let marks = 0;
  /** Gives the size of the batch that it was in, or the status and message of its error. */
  const ask = async (order: number, { client = 'a', rows = 1, onGone = undefined as never } = {}) => {
    const mark = marks++;
    const values = Float32Array.from({ length: rows * 2 }, (_, i) => (i % 2 === 0 ? order : mark));
    const write = (target: Uint8Array) => target.set(new Uint8Array(values.buffer));
    const input = { name: 'x', datatype: 'FP32', shape: [rows, 2], data: { write } } as const;
    try {
      const { tensors } = await served.infer([input], ['y'], { id: client, onGone });
      const { data, shape } = tensors[0]!;
      const bytes = (data as Uint8Array).slice();
      const got = new Float32Array(bytes.buffer);
      // Its own rows and nobody else's.
      expect(shape).toEqual([rows, 4]);
      for (let row = 0; row < rows; row++) expect([...got.subarray(row * 4, row * 4 + 2)]).toEqual([order, mark]);
      return { batch: got[2]!, turn: got[3]! };
    } catch (error) {
      return { status: (error as { status?: number }).status, message: (error as Error).message };
    }
  };
  return { served, ask, log, dropped };
}

describe('requests become batches', () => {
  test('of those that come while the worker is busy, up to the largest', async () => {
    const { ask } = await opened({ maxBatch: 4 });
    const first = ask(50);
    await until(() => true, 5);
    const rest = await Promise.all(Array.from({ length: 6 }, () => ask(fine)));
    expect((await first).batch).toBe(1);
    expect(rest.map(({ batch }) => batch)).toEqual([4, 4, 4, 4, 2, 2]);
  });

  test('by rows, and one that is larger than a batch goes alone', async () => {
    const { ask } = await opened({ maxBatch: 4 });
    const first = ask(50);
    await until(() => true, 5);
    const rest = await Promise.all([3, 2, 9, 1].map((rows) => ask(fine, { rows })));
    await first;
    expect(rest.map(({ batch }) => batch)).toEqual([3, 2, 9, 1]);
  });

  test('that wait for more only so long', async () => {
    const { ask } = await opened({ maxBatch: 3, maxWait: 200 });
    const one = ask(fine);
    await until(() => true, 20);
    expect((await Promise.all([one, ask(fine), ask(fine)])).map(({ batch }) => batch)).toEqual([3, 3, 3]);
    expect((await ask(fine)).batch).toBe(1);
  });

  test('in which clients take turns', async () => {
    const { ask } = await opened({ maxBatch: 2 });
    const first = ask(50);
    await until(() => true, 5);
    const greedy = Array.from({ length: 8 }, () => ask(fine, { client: 'greedy' }));
    const modest = await ask(fine, { client: 'modest' });
    await Promise.all([first, ...greedy]);
    // The second batch that the thread got: its first was `first`.
    expect(modest.turn).toBe(2);
  });

  test('on every worker that has nothing to do', async () => {
    const { ask } = await opened({ workers: 2, maxBatch: 8 });
    const start = performance.now();
    const first = ask(300);
    await until(() => true, 5);
    expect(await ask(fine)).toMatchObject({ batch: 1, turn: 1 });
    expect(performance.now() - start).toBeLessThan(250);
    await first;
  });
});

describe('a worker gets its next batch while it is at work', () => {
  /** One worker that runs for so long, and whose last batch took so long. */
  async function working({ lately = 10, milliseconds = 60 } = {}) {
    const all = await opened({ maxBatch: 2 });
    await all.ask(lately);
    const first = all.ask(milliseconds);
    await until(() => true, 5);
    return { ...all, first };
  }

  test('where that is full, and one only', async () => {
    const { ask, served, first } = await working();
    const rest = Array.from({ length: 5 }, () => ask(fine));
    await until(() => true, 5);
    expect(served.waiting).toBe(3);
    await first;
    expect((await Promise.all(rest)).map(({ batch }) => batch)).toEqual([2, 2, 2, 2, 1]);
  });

  test('but not one that could still grow', async () => {
    const { ask, served, first } = await working();
    const one = ask(fine);
    await until(() => true, 5);
    expect(served.waiting).toBe(1);
    await Promise.all([first, one]);
  });

  test('but not where batches take long: others may come that go first', async () => {
    const { ask, served, first } = await working({ lately: 120 });
    const two = [ask(fine), ask(fine)];
    await until(() => true, 5);
    expect(served.waiting).toBe(2);
    await Promise.all([first, ...two]);
  });

  test('and its wait counts as waiting', async () => {
    const queued: number[] = [];
    const { ask, served, first } = await working({ milliseconds: 80 });
    const input = {
      name: 'x',
      datatype: 'FP32',
      shape: [1, 2],
      data: { write: (to: Uint8Array) => to.fill(0) },
    } as const;
    const two = [1, 2].map(async () => queued.push((await served.infer([input], ['y'], { id: 'a' })).outcome.queue));
    await Promise.all([first, ...two, ask(fine)]);
    for (const waited of queued) expect(waited).toBeGreaterThan(60);
  });

  test('and nobody pays for what ends it: its neighbours were not tried yet', async () => {
    const { ask, log } = await opened({ maxBatch: 1 });
    await ask(10);
    const first = ask(40);
    await until(() => true, 5);
    // One of them is with the worker already when the one before ends it, four times.
    const [bad, ...good] = await Promise.all([ask(end), ask(fine), ask(end), ask(fine), ask(fine)]);
    await first;
    expect(bad).toMatchObject({ status: 500 });
    expect(good.map(({ status }) => status)).toEqual([undefined, 500, undefined, undefined]);
    expect(log.filter((line) => line.includes('replaced'))).toHaveLength(4);
  });
});

describe('a queue', () => {
  test('that is full says 503', async () => {
    const { ask, dropped } = await opened({ limits: { maxQueue: 5 }, maxBatch: 2 });
    const first = ask(50);
    await until(() => true, 5);
    const rest = await Promise.all(Array.from({ length: 8 }, () => ask(fine)));
    expect(rest.map(({ status }) => status)).toEqual([...Array(5).fill(undefined), 503, 503, 503]);
    expect(rest[7]!.message).toMatch(/busy/);
    expect(dropped).toEqual(['busy', 'busy', 'busy']);
    await first;
    expect((await ask(fine)).batch).toBe(1);
  });

  test('that is full of one client has room for others: its latest make way, down to as many as theirs', async () => {
    const { ask, dropped } = await opened({ limits: { maxQueue: 5 }, maxBatch: 1 });
    const first = ask(50);
    await until(() => true, 5);
    const greedy = Array.from({ length: 8 }, () => ask(fine, { client: 'greedy' }));
    const modest = Array.from({ length: 4 }, () => ask(fine, { client: 'modest' }));
    const statuses = async (answers: ReturnType<typeof ask>[]) =>
      (await Promise.all(answers)).map(({ status }) => status);
    expect(await statuses(greedy)).toEqual([undefined, undefined, undefined, ...Array(5).fill(503)]);
    expect(await statuses(modest)).toEqual([undefined, undefined, 503, 503]);
    expect((await greedy[3])!.message).toMatch(/room for those of others/);
    expect(dropped).toEqual(Array(7).fill('busy'));
    await first;
    // What left is gone for good: the thread got the first and the five.
    expect((await ask(fine)).turn).toBe(7);
  });

  test('gives no client more than others have by asking for many rows at once', async () => {
    const { ask } = await opened({ limits: { maxQueue: 6 }, maxBatch: 1 });
    const first = ask(50);
    await until(() => true, 5);
    const small = ['a', 'b', 'c'].flatMap((client) => [ask(fine, { client }), ask(fine, { client })]);
    const large = await ask(fine, { client: 'd', rows: 4 });
    expect(large.status).toBe(503);
    // Nobody left for what did not fit after all.
    expect((await Promise.all(small)).map(({ status }) => status)).toEqual(Array(6).fill(undefined));
    await first;
  });

  test('answers at the deadline, who waits and who runs', async () => {
    const { ask, dropped } = await opened({ limits: { timeout: 60 } });
    const start = performance.now();
    const answers = await Promise.all([ask(400), ask(fine)]);
    expect(performance.now() - start).toBeLessThan(350);
    expect(answers).toEqual(Array(2).fill({ status: 503, message: expect.stringMatching(/0\.06 s/) }));
    expect(dropped).toEqual(['late', 'late']);
    await until(async () => (await ask(fine)).batch === 1);
  });

  test('forgets who has gone, before it runs', async () => {
    const { ask, served, dropped } = await opened();
    const first = ask(60);
    await until(() => true, 5);
    let leave: () => void = () => {};
    const gone = ask(fine, { onGone: ((drop: () => void) => (leave = drop)) as never });
    expect(served.waiting).toBe(1);
    leave();
    expect(served.waiting).toBe(0);
    expect((await gone).message).toMatch(/gone/);
    expect(dropped).toEqual(['gone']);
    await first;
    // The thread never saw it: this is the second batch it got.
    expect((await ask(fine)).turn).toBe(2);
  });

  test('is emptied before the model is closed', async () => {
    const { ask, served } = await opened({ maxBatch: 1 });
    const accepted = [ask(50), ask(20), ask(fine)];
    const closed = served.close();
    expect((await ask(fine)).message).toMatch(/stopping/);
    expect((await Promise.all(accepted)).map(({ batch }) => batch)).toEqual([1, 1, 1]);
    await closed;
    expect(served.ready).toBe(false);
  });
});

describe('a worker that ends', () => {
  test('is replaced, its request tried twice, and then a 500', async () => {
    const { ask, log } = await opened();
    expect(await ask(end)).toEqual({ status: 500, message: expect.stringContaining('twice') });
    expect(await ask(fine)).toMatchObject({ batch: 1 });
    expect(log.filter((line) => line.includes('replaced'))).toHaveLength(2);
  });

  test('does not take those with it that were in the same batch, or wait behind', async () => {
    const { ask } = await opened({ maxBatch: 4 });
    const first = ask(50);
    await until(() => true, 5);
    const answers = await Promise.all([ask(fine), ask(end), ask(fine), ask(fine), ask(fine), ask(fine)]);
    await first;
    expect(answers.map(({ status }) => status)).toEqual([undefined, 500, undefined, undefined, undefined, undefined]);
  });

  test('shares the devices with the others, and leaves its own to the next', async () => {
    const { ask, served, log } = await opened({ engine: 'ort-cuda', devices: [1, 3], workers: undefined, maxBatch: 1 });
    expect(served.running.workers).toBe(2);
    expect(served.device).toBe('device 1, device 3');
    for (let i = 0; i < 3; i++) await ask(end);
    await until(() => log.filter((line) => line.includes('replaced')).length === 6);
    await until(() => served.device === 'device 1, device 3');
    const four = await opened({ engine: 'ort-cuda', devices: [1, 3], workers: 4 });
    expect([four.served.running.workers, four.served.device]).toEqual([4, 'device 1, device 3']);
    expect((await opened({ engine: 'ort-cuda' })).served.device).toBe('device undefined');
  });

  test('by an error says nothing of the inside to who asked', async () => {
    const { ask, log } = await opened();
    const { status, message } = await ask(fail);
    expect(status).toBe(500);
    expect(message).not.toContain('secret');
    expect(log.join()).toContain('secret');
  });
});
