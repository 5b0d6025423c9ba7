import { createHash } from 'node:crypto';
import { memoryDataset } from 'onward/data';
import { engineByName } from 'onward/engines';
import { evaluate, explain, heatPng } from 'onward/evaluate';
import { decode } from 'onward/image';
import type { LoadedModel } from 'onward/model';
import { parseApiKeys, serve } from 'onward/serve';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createTurns, type Job } from '#onward/serve/extras/turns.js';
import { createQuotas } from '#onward/serve/http/quota.js';
import { partsOf } from '#onward/serve/upload.js';
import { partOfAll } from '../evaluate/small.js';
import { imagesOf, labels, modelOf, side } from '../runtime/engines/models.js';
import { pngOf, type TestApp, testApp } from './helpers.js';
import { lookup } from './models.js';
import { until } from './until.js';

const engine = engineByName('ort-cpu');
const plain = modelOf();
const model: LoadedModel = {
  ...plain,
  provenance: { ...plain.provenance, augmentation: [{ name: 'affine', rotation: 20, zoom: 0.2 }] },
};

let app: TestApp;
beforeAll(async () => {
  app = await testApp(model, { app: { maxTta: 16, explain: true } });
});
afterAll(() => app.close());

const post = (path: string, body: BodyInit, headers: Record<string, string> = {}) =>
  app.request(path, { method: 'POST', body, headers });

/** What `onward eval --tta` gives one image: the log loss of each class is its probability. */
async function averaged(seed: number, draws: number): Promise<number[]> {
  const spec = { width: side, height: side, channels: 3, fit: 'contain', background: [0, 0, 0] } as const;
  return Promise.all(
    labels.map(async (_, label) => {
      const dataset = memoryDataset({ name: 'x', spec, classes: labels, labels: [label], pixels: imagesOf(seed, 1) });
      const { tta } = await evaluate({ ...model, golden: undefined }, partOfAll(dataset), {
        engine,
        tta: { draws, seed: 1 },
      });
      return Math.exp(-tta!.metrics.logLoss);
    }),
  );
}

describe('?tta=', () => {
  test('is the mean that an evaluation takes', async () => {
    const response = await post('/classify?tta=5', pngOf(3));
    const { probabilities, draws, ...rest } = (await response.json()) as { probabilities: number[]; draws: number };
    expect(response.headers.get('x-onward-model')).toBe('model/1');
    expect([response.status, draws, rest]).toMatchObject([200, 5, { engine: 'ort-cpu', labels }]);
    for (const [i, expected] of (await averaged(3, 5)).entries()) expect(probabilities[i]).toBeCloseTo(expected, 5);
    const without = (await app.post(pngOf(3))).body.probabilities as number[];
    expect(Math.max(...without.map((p, i) => Math.abs(p - probabilities[i]!)))).toBeGreaterThan(1e-4);
  });

  test('of a form is each image’s own, with ?top= too', async () => {
    const form = new FormData();
    for (const seed of [3, 4]) form.append('image', new Blob([pngOf(seed)]), 'x.png');
    const answers = (await (await post('/classify?tta=5&top=1', form)).json()) as {
      probability: number;
      draws: number;
    }[];
    expect(answers.map(({ draws }) => draws)).toEqual([5, 5]);
    for (const [i, seed] of [3, 4].entries()) {
      expect(answers[i]!.probability).toBeCloseTo(Math.max(...(await averaged(seed, 5))), 5);
    }
  });

  test.each([
    ['/classify?tta=0', 400, /\?tta= to be a whole number from 1 up/],
    ['/classify?tta=17', 413, /at most 16 draws, got 17/],
    ['/classify?tta=2&explain=cam', 400, /got both/],
    ['/classify?explain=can', 400, /did you mean cam/],
    ['/classify?explain=cam&class=eel', 400, /\?class=: there is no class "eel"/],
  ])('%s is refused', async (path, status, message) => {
    const response = await post(path, pngOf(1));
    expect([response.status, await response.json()]).toEqual([status, { error: expect.stringMatching(message) }]);
  });

  test('of a model that was trained without says so', async () => {
    const without = await testApp(plain, { app: { maxTta: 4 } });
    onTestFinished(() => without.close());
    const response = await without.request('/classify?tta=2', { method: 'POST', body: pngOf(1) });
    const { error } = (await response.json()) as { error: string };
    expect([response.status, error]).toEqual([400, expect.stringMatching(/does not say how.*leave \?tta= out/)]);
    const explained = await without.request('/classify?explain=cam', { method: 'POST', body: pngOf(1) });
    expect([explained.status, await explained.json()]).toEqual([403, { error: expect.stringMatching(/--explain/) }]);
  });
});

describe('?explain=', () => {
  test.each(['cam', 'occlusion'] as const)('%s is the picture that onward explain draws', async (method) => {
    const [found] = await explain(plain, [{ name: 'x', pixels: imagesOf(3, 1) }], {
      ...{ engine, layers: [], methods: [method], label: 'bee' },
    });
    const expected = await heatPng(found!.heat[0]!, imagesOf(3, 1), { width: side, height: side, channels: 3 });
    const response = await post(`/classify?explain=${method}&class=bee`, pngOf(3));
    const { heat, label } = (await response.json()) as {
      label: string;
      heat: { label: string; title: string; how: string; image: string };
    };
    expect(heat).toMatchObject({ label: 'bee', title: found!.heat[0]!.title, how: found!.heat[0]!.how });
    expect(heat.image).toBe(`data:image/png;base64,${expected.toString('base64')}`);
    expect(label).toBe((await app.post(pngOf(3))).body.label);
    const picture = await post(`/classify?explain=${method}&class=bee`, pngOf(3), { accept: 'image/png' });
    expect(picture.headers.get('content-type')).toBe('image/png');
    const bytes = new Uint8Array(await picture.arrayBuffer());
    expect(Buffer.from(bytes).equals(expected)).toBe(true);
    expect((await decode(bytes)).width).toBeGreaterThan(100);
  });

  test('of the likeliest class where none is named, of one image at a time', async () => {
    const { heat, label } = (await (await post('/classify?explain=cam', pngOf(4))).json()) as {
      label: string;
      heat: { label: string };
    };
    expect(heat.label).toBe(label);
    const form = new FormData();
    for (const seed of [3, 4]) form.append('image', new Blob([pngOf(seed)]), 'x.png');
    const several = await post('/classify?explain=cam', form);
    expect([several.status, await several.json()]).toEqual([400, { error: expect.stringMatching(/one at a time/) }]);
    expect((await post('/classify?explain=cam', new Uint8Array(9))).status).toBe(415);
  });
});

test('neither is there unless the server was told so, nor for a model that is no classifier', async () => {
  const bare = await testApp(model);
  onTestFinished(() => bare.close());
  for (const [query, flag] of [
    ['tta=2', /--max-tta/],
    ['explain=cam', /--explain/],
  ] as const) {
    const response = await bare.request(`/classify?${query}`, { method: 'POST', body: pngOf(1) });
    expect([response.status, await response.json()]).toEqual([403, { error: expect.stringMatching(flag) }]);
  }
  const table = await testApp(lookup(), { app: { maxTta: 2 } });
  onTestFinished(() => table.close());
  expect((await table.request('/classify?tta=2', { method: 'POST', body: pngOf(1) })).status).toBe(400);
});

test('more than may wait are told to come again, and predictions go on meanwhile', async () => {
  const answers = Array.from({ length: 30 }, () => post('/classify?explain=occlusion', pngOf(1)));
  expect((await app.post(pngOf(1))).status).toBe(200);
  const statuses = await Promise.all(answers.map(async (answer) => (await answer).status));
  expect(new Set(statuses)).toEqual(new Set([200, 503]));
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(8);
});

test('closing answers who waits, and does not do what was given up', async () => {
  const own = await testApp(model, { limits: { timeout: 600 }, app: { explain: true } });
  const ask = () => own.request('/classify?explain=occlusion', { method: 'POST', body: pngOf(1) });
  await ask();
  const answers = Array.from({ length: 6 }, ask);
  const first = await Promise.race(answers);
  await own.close();
  expect([200, 503]).toContain(first.status);
  for (const answer of answers) expect([200, 503]).toContain((await answer).status);
});

test('what nobody waits for any more is stopped, and keeps none behind it waiting', async () => {
  const own = await testApp(model, { limits: { timeout: 1500 }, app: { maxTta: 1_000_000 } });
  onTestFinished(() => own.close());
  const ask = (draws: number) => own.request(`/classify?tta=${draws}`, { method: 'POST', body: pngOf(1) });
  const late = await ask(1_000_000);
  expect([late.status, (await late.json()).error]).toEqual([503, 'expected an answer within 1500 ms, got none']);
  await until(async () => (await ask(1)).status === 200);
});

test('they count as what they cost', async () => {
  const hash = createHash('sha256').update('k').digest('hex');
  const keys = parseApiKeys(`lab ${hash} quota=300/day`, 'keys');
  const server = await serve({ model, port: 0, workers: 1, keys, maxTta: 16, explain: true, log: () => {} });
  onTestFinished(() => server.close());
  const ask = async (query: string) =>
    (await fetch(`${server.url}classify${query}`, { method: 'POST', body: pngOf(1), headers: { 'x-api-key': 'k' } }))
      .status;
  const heat = await ask('?explain=occlusion');
  // Both at once, of which the quota has enough for one.
  const both = await Promise.all([ask('?tta=16'), ask('?tta=16'), ask('?tta=16')]);
  expect([heat, ...both.toSorted()]).toEqual([200, 200, 200, 429]);
  // What is no image costs as little as with any other request.
  const junk = { method: 'POST', body: 'junk', headers: { 'x-api-key': 'k' } };
  expect((await fetch(`${server.url}classify?tta=8`, junk)).status).toBe(415);
  expect([await ask('?tta=10'), await ask('?tta=7'), await ask(''), await ask('')]).toEqual([429, 200, 200, 429]);
  const small = await serve({
    ...{ model, port: 0, workers: 1, explain: true, log: () => {} },
    keys: parseApiKeys(`lab ${hash} quota=200/day`, 'keys'),
  });
  onTestFinished(() => small.close());
  const never = await fetch(`${small.url}classify?explain=occlusion`, {
    ...{ method: 'POST', body: pngOf(1), headers: { 'x-api-key': 'k' } },
  });
  expect([never.status, await never.json()]).toEqual([
    403,
    { error: 'this request counts as 257 images, more than the 200 of a day that lab has' },
  ]);
});

test('a form counts as its parts, however its boundary is written', () => {
  const form = (type: string, body: string) => ({ contentType: type, bytes: new TextEncoder().encode(body) });
  const two = '--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b--\r\n';
  for (const type of ['multipart/form-data; boundary=b', 'multipart/form-data;charset=x; Boundary="b"; x=y']) {
    expect(partsOf(form(type, two), 64)).toBe(2);
  }
  // As browsers write it.
  const webkit = '----WebKitFormBoundaryH3MQe2AHgNEMKACJ';
  expect(partsOf(form(`multipart/form-data; boundary=${webkit}`, two.replaceAll('--b', `--${webkit}`)), 64)).toBe(2);
  expect(partsOf(form('multipart/form-data; boundary=b', two.repeat(50)), 64)).toBe(64);
  expect(partsOf(form('multipart/form-data; boundary=b', ''), 64)).toBe(1);
  expect(() => partsOf(form('multipart/form-data', ''), 64)).toThrow(/one boundary/);
});

describe('clients', () => {
  const key = (name: string) => `${name} ${createHash('sha256').update(name).digest('hex')} quota=100000/day\n`;

  test('share the places: who fills them makes room for others, and pays for what is done alone', async () => {
    const quotas = createQuotas();
    const keys = parseApiKeys(key('many') + key('few'), 'keys');
    const own = await testApp(model, { limits: { timeout: 60_000 }, app: { explain: true, keys, quotas } });
    onTestFinished(() => own.close());
    const ask = (name: string) =>
      own.request('/classify?explain=cam', { method: 'POST', body: pngOf(1), headers: { 'x-api-key': name } });
    const many = Array.from({ length: 14 }, () => ask('many'));
    const few = Array.from({ length: 3 }, () => ask('few'));
    expect((await Promise.all(few)).map(({ status }) => status)).toEqual([200, 200, 200]);
    const statuses = (await Promise.all(many)).map(({ status }) => status);
    const done = statuses.filter((status) => status === 200).length;
    expect([done, new Set(statuses)]).toEqual([6, new Set([200, 503])]);
    const used = JSON.parse(quotas.changes()!);
    expect([used.many.used, used.few.used]).toEqual([done * 129 + (14 - done), 3 * 129]);
  });

  test('who leaves gives the place back', async () => {
    const own = await testApp(model, { limits: { timeout: 60_000 }, app: { explain: true } });
    onTestFinished(() => own.close());
    const ask = (signal?: AbortSignal) =>
      own.request('/classify?explain=occlusion', { method: 'POST', body: pngOf(1), ...(signal && { signal }) });
    const first = ask();
    const leave = new AbortController();
    const left = Array.from({ length: 8 }, () => ask(leave.signal));
    expect((await ask()).status).toBe(503);
    leave.abort();
    expect((await ask()).status).toBe(200);
    expect((await first).status).toBe(200);
    await Promise.allSettled(left);
  });

  test('take turns', async () => {
    const turns = createTurns(4);
    const order: string[] = [];
    const finish: (() => void)[] = [];
    const jobs = new Map<string, Job>();
    const add = (name: string) => {
      const job: Job = {
        ...{ client: name[0]!, lane: '', rows: 1, since: jobs.size },
        run() {
          order.push(name);
          return new Promise((resolve) => void finish.push(resolve));
        },
        pushedOut: () => order.push(`-${name}`),
      };
      jobs.set(name, job);
      expect(turns.hasPlace(job.client)).toBe(true);
      turns.add(job);
    };
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) add(name);
    expect([turns.hasPlace('a'), turns.hasPlace('b')]).toEqual([false, true]);
    add('b1');
    add('b2');
    expect([turns.hasPlace('a'), turns.hasPlace('b'), turns.hasPlace('c')]).toEqual([false, false, true]);
    add('c1');
    expect([turns.remove(jobs.get('a1')!), turns.remove(jobs.get('a5')!), turns.remove(jobs.get('c1')!)]).toEqual([
      ...[false, false, true],
    ]);
    add('c2');
    for (let done = 0; done < finish.length; done++) {
      finish[done]!();
      await new Promise(setImmediate);
    }
    expect(order).toEqual(['a1', '-a5', '-a4', '-b2', 'a2', 'b1', 'c2', 'a3']);
  });
});
