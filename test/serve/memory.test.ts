import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Found } from '#onward/serve/repository/found.js';
import { createMemory, estimateOf, type Tenant } from '#onward/serve/repository/memory.js';
import { createVersion } from '#onward/serve/repository/version.js';
import { folderOf, model, serverOf } from './folder.js';
import { eventually } from './until.js';

describe('the memory of open models', () => {
  function tenantOf(memory: ReturnType<typeof createMemory>, bytes: number, lastUsed: number) {
    const state = { idle: true, evicted: false };
    const tenant: Tenant = {
      bytes: () => bytes,
      lastUsed: () => lastUsed,
      idle: () => state.idle,
      async evict() {
        state.evicted = true;
        memory.remove(tenant);
      },
    };
    memory.add(tenant);
    return state;
  }

  test('closes what was not used for longest, and no more than it must', async () => {
    const memory = createMemory(100);
    const [a, b, c] = [tenantOf(memory, 40, 2), tenantOf(memory, 30, 1), tenantOf(memory, 30, 3)];
    (await memory.room({ what: 'x/1', bytes: 20, beside: false }))();
    expect([a.evicted, b.evicted, c.evicted]).toEqual([false, true, false]);
    expect(memory.used).toBe(70);
  });

  test('waits for what is in use, and says 503 when it stays so', async () => {
    const memory = createMemory(100, 60);
    const used = tenantOf(memory, 90, 1);
    used.idle = false;
    await expect(memory.room({ what: 'x/1', bytes: 20, beside: false })).rejects.toMatchObject({ status: 503 });
    const waiting = memory.room({ what: 'x/1', bytes: 20, beside: false });
    used.idle = true;
    memory.wake();
    (await waiting)();
    expect(used.evicted).toBe(true);
  });

  test('all who wait at once wait no longer than one, and a model is opened once for all who ask for it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const memory = createMemory(100, 60);
    tenantOf(memory, 90, 1).idle = false;
    const statuses: number[] = [];
    const note = (error: { status: number }) => void statuses.push(error.status);
    for (const what of ['x/1', 'y/1', 'z/1']) memory.room({ what, bytes: 20, beside: false }).catch(note);
    await vi.advanceTimersByTimeAsync(61);
    expect(statuses).toEqual([503, 503, 503]);

    let reads = 0;
    const found: Found = {
      ...{ name: 'x', version: '1', file: 'x.onnx', fingerprint: '1' },
      async read() {
        reads++;
        return { file: 'x.onnx', bytes: new Uint8Array(20), classifier: undefined, notes: [] };
      },
    };
    const version = createVersion(found, {
      ...{ memory, trusted: true, estimate: (bytes) => bytes, aside: () => false, pinned: () => false },
      ...{ patience: 1000, mostWaiting: 8 },
      ...{ open: () => Promise.reject(new Error('it is not opened')), onLoad() {}, onClose() {} },
    });
    for (let i = 0; i < 3; i++) version.use(async () => {}).catch(note);
    await vi.advanceTimersByTimeAsync(61);
    expect([statuses.slice(3), reads]).toEqual([[503, 503, 503], 1]);
  });

  test('not more than so many wait for a model to be opened, and none for long', async () => {
    let open = () => {};
    const version = createVersion(
      {
        ...{ name: 'x', version: '1', file: 'x.onnx', fingerprint: '1' },
        read: async () => ({ file: 'x.onnx', bytes: new Uint8Array(20), classifier: undefined, notes: [] }),
      },
      {
        ...{
          memory: createMemory(),
          trusted: true,
          estimate: (bytes) => bytes,
          aside: () => false,
          pinned: () => false,
        },
        ...{ onLoad() {}, onClose() {}, patience: 60, mostWaiting: 3 },
        open: () =>
          new Promise((resolve) => {
            open = () => resolve({ ready: true, running: { workers: 1 }, close: async () => {} } as never);
          }),
      },
    );
    const start = performance.now();
    const said = async () => {
      try {
        return await version.use(async () => 'answered');
      } catch (error) {
        return `${(error as { status: number }).status} ${(error as Error).message}`;
      }
    };
    const answers = await Promise.all(Array.from({ length: 5 }, said));
    expect(performance.now() - start).toBeGreaterThan(50);
    const [late, busy] = [
      expect.stringMatching(/^503 .*longer than 0\.06 s/),
      expect.stringMatching(/^503 .*3 requests wait/),
    ];
    expect(answers).toEqual([late, late, late, busy, busy]);
    const next = said();
    open();
    expect(await next).toBe('answered');
  });

  test('refuses what never fits, and lets what replaces another in', async () => {
    const memory = createMemory(100);
    await expect(memory.room({ what: 'x/1', bytes: 101, beside: false })).rejects.toMatchObject({
      kind: 'size',
      message: expect.stringMatching(/^x\/1: .*--memory-budget/),
    });
    const giveBack = await memory.room({ what: 'x/1', bytes: 101, beside: true });
    expect(memory.used).toBe(101);
    giveBack();
    giveBack();
    expect(memory.used).toBe(0);
  });
});

describe('a folder under a budget', () => {
  const files = { 'a.onnx': 1, 'b.onnx': 2, 'c.onnx': 3, 'models.json': '{"default": "a"}' };
  const two = 2.5 * estimateOf(model(1).bytes.length, 1);
  const openOf = async ({ metric }: Awaited<ReturnType<typeof serverOf>>) => {
    const all = await Promise.all(
      ['a', 'b', 'c'].map((name) => metric(`onward_model_open{model="${name}",version="1"}`)),
    );
    return all.join('');
  };

  test('opens models at the first request, closes the least recently used, and opens them again', async () => {
    const { root } = await folderOf(files);
    const server = await serverOf(root, { memoryBudget: two });
    const { who, index, get } = server;
    expect(await openOf(server)).toBe('100');
    expect((await index()).map(({ state, reason }) => [state, reason])).toEqual([
      ['READY', ''],
      ['READY', 'opened at the next request'],
      ['READY', 'opened at the next request'],
    ]);
    expect((await get('v2/models/b/ready')).status).toBe(200);
    expect([await who('classify/b'), await openOf(server)]).toEqual(['b/1', '110']);
    expect(await who('classify/c')).toBe('c/1');
    await eventually(async () => (await openOf(server)) === '101');
    // The default stays, however long nobody asks for it.
    expect(await who('classify/b')).toBe('b/1');
    await eventually(async () => (await openOf(server)) === '110');
    expect((await (await get('health')).json()).model).toBe(model(1).digest);
  });

  test('loses no request while many ask for more than fits', async () => {
    const { root } = await folderOf(files);
    const { who, log, metric } = await serverOf(root, { memoryBudget: two });
    const answers = await Promise.all(
      Array.from({ length: 4 }, async (_, client) => {
        const seen: (string | number)[] = [];
        for (let i = 0; i < 6; i++) seen.push(await who(`classify/${'abc'[(i + client) % 3]}`));
        return seen;
      }),
    );
    expect(answers.flat().sort()).toEqual([...Array(8).fill('a/1'), ...Array(8).fill('b/1'), ...Array(8).fill('c/1')]);
    expect(await metric('onward_model_loads_total{model="b",version="1",result="loaded"}')).toBeGreaterThan(0);
    expect(log.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test('a change is tested though the model is closed, and one that is refused does not take requests', async () => {
    const { root, put } = await folderOf({ 'a.onnx': 1, 'b/1/model.onnx': 2, 'models.json': '{"default": "a"}' });
    const { who, metric } = await serverOf(root, { memoryBudget: two });
    expect(await who('classify/b')).toBe('b/1');
    await put('b/2/model.onnx', model(3).bytes.slice(0, 600));
    await eventually(
      async () => (await metric('onward_model_loads_total{model="b",version="2",result="refused"}')) === 1,
    );
    expect(await who('classify/b')).toBe('b/1');
    await put('b/2/model.onnx', 3);
    await eventually(async () => (await who('classify/b')) === 'b/2');
  });

  test('one that was damaged before anybody asked gives way to the one before it', async () => {
    const { root } = await folderOf({
      'a.onnx': 1,
      'b/1/model.onnx': 2,
      'b/2/model.onnx': model(3).bytes.slice(0, 600),
      'models.json': '{"default": "a"}',
    });
    const { who, index } = await serverOf(root, { memoryBudget: two });
    expect(await who('classify/b')).toBe('b/1');
    expect((await index()).find(({ version }) => version === '2')).toMatchObject({
      state: 'UNAVAILABLE',
      reason: expect.stringContaining('truncated'),
    });
  });
});
