import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { type Answer, createClient, type InputTensor, RequestError, type RequestErrorKind } from 'onward/client';
import { sha256Hex } from 'onward/common';
import { parseApiKeys, type Server, serve } from 'onward/serve';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { labels, modelOf, reference, weightsOf } from '../runtime/engines/models.js';
import { jpegOf, pngOf, testApp } from '../serve/helpers.js';
import { everyType } from '../serve/models.js';

const model = modelOf();
let server: Server;
beforeAll(async () => {
  server = await serve({ model, port: 0, workers: 1, name: 'animals', log: () => {} });
});
afterAll(() => server.close());

const client = (options = {}) => createClient({ url: server.url, firstWait: 1, ...options });

/** A server that answers as it is told, in turn; the last answer again and again. */
async function scripted(...answers: ((response: ServerResponse, request: IncomingMessage) => void)[]) {
  const bodies: string[] = [];
  const scripted = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = answers[Math.min(bodies.length, answers.length - 1)]!;
    bodies.push(Buffer.concat(chunks).toString('hex'));
    answer(response, request);
  });
  await new Promise<void>((resolve) => scripted.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    scripted.closeAllConnections();
    scripted.close();
  });
  return { url: `http://127.0.0.1:${(scripted.address() as AddressInfo).port}`, bodies };
}

const busy = (response: ServerResponse) =>
  response.writeHead(503, { 'content-type': 'application/json' }).end('{"error":"too many wait"}');
const fine = (response: ServerResponse) => response.end('{"label":"a","index":0,"probability":1}');

/** What a call throws. */
async function errorOf(call: Promise<unknown>): Promise<RequestError> {
  const error = await call.then(
    () => new Error('expected an error'),
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(RequestError);
  return error as RequestError;
}

describe('classify', () => {
  test('takes an image as a blob, bytes or a buffer', async () => {
    const png = pngOf(1);
    const answers = await Promise.all([
      client().classify(png),
      client().classify(png.buffer.slice(png.byteOffset, png.byteOffset + png.length)),
      client().classify(new Blob([png], { type: 'image/png' })),
      client().classify(new Blob([png], { type: 'text/plain' })),
    ]);
    for (const answer of answers) {
      expect(answer.labels).toEqual(labels);
      expect(answer.probabilities).toEqual(answers[0].probabilities);
      expect(answer.probability).toBe(answer.probabilities[answer.index]);
    }
  });

  test('with top gives so many classes', async () => {
    const answer = await client().classify(pngOf(2), { top: 2 });
    expect(answer.top.map(({ label }) => label)).toContain(answer.label);
    expect(answer.top).toHaveLength(2);
    expect(Object.keys(answer)).not.toContain('probabilities');
    const named = await client().classify(pngOf(2), { top: 2, model: 'animals', version: '1' });
    expect(named.top).toEqual(answer.top);
    expect((await errorOf(client().classify(pngOf(2), { model: 'no/where' }))).status).toBe(404);
  });

  test('also as the mean of draws, and with what counts', async () => {
    const augmentation = [{ name: 'affine', rotation: 20 }];
    const augmented = { ...model, provenance: { ...model.provenance, augmentation } };
    const more = await serve({ model: augmented, port: 0, workers: 1, maxTta: 4, explain: true, log: () => {} });
    onTestFinished(() => more.close());
    const own = client({ url: more.url });
    const mean = await own.classify(pngOf(1), { tta: 4 });
    expect([mean.draws, mean.probabilities.length]).toEqual([4, 4]);
    const { heat } = await own.explain(pngOf(1), { method: 'occlusion', label: 'bee' });
    expect(heat).toMatchObject({ label: 'bee', image: expect.stringMatching(/^data:image\/png;base64,/) });
    expect(await errorOf(client().explain(pngOf(1)))).toMatchObject({ kind: 'refused', status: 403 });
  });

  test('sends many in as many requests as they need, and answers in their order', async () => {
    const seeds = Array.from({ length: 70 }, (_, i) => i);
    const answers = await client().classify(seeds.map(pngOf), { top: 1 });
    expect(answers).toHaveLength(70);
    for (const seed of [0, 31, 32, 69]) {
      const alone = await client().classify(pngOf(seed), { top: 1 });
      expect([seed, answers[seed]!.top]).toEqual([seed, alone.top]);
    }
    const all = await client().classify([pngOf(1), await jpegOf(2)]);
    expect(all.map(({ probabilities }) => probabilities.length)).toEqual([4, 4]);
    expect(await client().classify([pngOf(1)])).toHaveLength(1);
    expect(await client().classify([])).toEqual([]);
  });
});

describe('infer', () => {
  test('gives what the model computes', async () => {
    const images = Uint8Array.from({ length: 2 * 192 }, (_, i) => (i * 37) % 256);
    const {
      model: name,
      version,
      id,
      outputs,
    } = await client().infer(
      'animals',
      { image: { shape: [2, 8, 8, 3], data: images } },
      { id: 'mine', outputs: ['probabilities'] },
    );
    expect([name, version, id, Object.keys(outputs)]).toEqual(['animals', '1', 'mine', ['probabilities']]);
    const { datatype, shape, data } = outputs.probabilities!;
    expect([datatype, shape]).toEqual(['FP32', [2, 4]]);
    const expected = reference(weightsOf(1), images, 2);
    for (const [i, value] of expected.entries()) expect(data[i]).toBeCloseTo(value, 5);
  });

  test('gives classes in words', async () => {
    const image = { shape: [1, 8, 8, 3], data: new Uint8ClampedArray(192) };
    const { outputs } = await client().infer(
      'animals',
      { image },
      { outputs: [{ name: 'probabilities', classes: 2 }] },
    );
    expect(outputs.probabilities).toMatchObject({ datatype: 'BYTES', shape: [1, 2] });
    for (const text of outputs.probabilities!.data) expect(labels).toContain(String(text).split(':')[2]);
  });

  test('carries every datatype there and back', async () => {
    const app = await testApp(everyType(), { name: 'all' });
    onTestFinished(() => app.close());
    const through = createClient({
      url: 'http://any',
      fetch: (url, init) => app.request(new URL(String(url)).pathname, init),
    });
    const pair = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 2, maxLength: 2 });
    const inputs = fc.record({
      in_BOOL: pair(fc.integer({ min: 0, max: 1 })).map((v) => ({ datatype: 'BOOL', data: Uint8Array.from(v) })),
      in_UINT8: fc.uint8Array({ minLength: 2, maxLength: 2 }).map((data) => ({ data })),
      in_UINT16: fc.uint16Array({ minLength: 2, maxLength: 2 }).map((data) => ({ data })),
      in_UINT32: fc.uint32Array({ minLength: 2, maxLength: 2 }).map((data) => ({ data })),
      in_UINT64: fc.bigUint64Array({ minLength: 2, maxLength: 2 }).map((data) => ({ data })),
      in_INT8: fc.int8Array({ minLength: 2, maxLength: 2 }).map((data) => ({ data })),
      in_INT16: fc.int16Array({ minLength: 2, maxLength: 2 }).map((data) => ({ data })),
      in_INT32: fc.int32Array({ minLength: 2, maxLength: 2 }).map((data) => ({ data })),
      in_INT64: fc.bigInt64Array({ minLength: 2, maxLength: 2 }).map((data) => ({ data })),
      in_FP16: fc.uint16Array({ minLength: 2, maxLength: 2, max: 0x7bff }).map((data) => ({ datatype: 'FP16', data })),
      in_FP32: fc.float32Array({ minLength: 2, maxLength: 2 }).map((data) => ({ data })),
      in_FP64: fc.float64Array({ minLength: 2, maxLength: 2 }).map((data) => ({ data })),
      in_BYTES: pair(fc.string({ unit: 'grapheme' })).map((data) => ({ data })),
    });
    await fc.assert(
      fc.asyncProperty(inputs, async (given) => {
        const sent = Object.fromEntries(
          Object.entries(given).map(([name, one]) => [name, { ...one, shape: [1, 2] } as InputTensor]),
        );
        const { outputs } = await through.infer('all', sent);
        for (const [name, { data }] of Object.entries(sent)) {
          const out = outputs[name.replace('in_', 'out_')]!;
          expect([out.datatype, out.shape]).toEqual([name.slice(3), [1, 2]]);
          expect(out.data).toEqual(data);
        }
      }),
      { numRuns: 20, seed: 1 },
    );
  });

  test.each<[string, InputTensor, RegExp]>([
    ['another number of elements', { shape: [1, 8, 8, 3], data: new Uint8Array(5) }, /192 elements.*"image".*got 5/],
    [
      'another array than it says',
      { shape: [2], data: new Float32Array(2), datatype: 'INT8' },
      /Int8Array.*Float32Array/,
    ],
    [
      'an unknown datatype',
      { shape: [2], data: new Float32Array(2), datatype: 'FP8' as never },
      /datatype of the input "image" as one of .*FP32, .*BYTES, got "FP8"/,
    ],
    ['a list of numbers', { shape: [2], data: [1, 2] as never, datatype: 'FP32' }, /Float32Array.*Array/],
  ])('%s is refused before it is sent', async (_, image, message) => {
    await expect(client().infer('animals', { image })).rejects.toThrow(message);
  });
});

test.each<[string, object, RegExp]>([
  [
    'an unknown datatype',
    { datatype: 'FP8', data: [1] },
    /"y" has the datatype "FP8", which is none of BOOL, .*BYTES$/,
  ],
  ['no datatype', { data: [1] }, /"y" has the datatype undefined/],
  ['one that objects have', { datatype: 'constructor', data: [1] }, /"constructor"/],
  ['values of another one', { datatype: 'INT64', data: [0.5] }, /data of the output "y" are not a list of INT64/],
  ['no list', { datatype: 'FP32', data: 7 }, /data of the output "y" are not a list of FP32/],
])('an answer with %s is said to be none', async (_, output, message) => {
  const outputs = [{ name: 'y', shape: [1], ...output }];
  const { url } = await scripted((response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ model_name: 'm', model_version: '1', outputs }));
  });
  await expect(client({ url }).infer('m', {})).rejects.toMatchObject({
    ...{ name: 'RequestError', kind: 'answer', message: expect.stringMatching(message) },
  });
});

test('says what is there', async () => {
  expect(await client().health()).toMatchObject({ status: 'ok', model: model.digest, labels: 4 });
  expect(await client().metadata()).toMatchObject({ name: 'onward' });
  const { inputs, parameters } = await client().metadata('animals');
  expect(inputs).toEqual([{ name: 'image', datatype: 'UINT8', shape: [-1, 8, 8, 3] }]);
  expect(parameters.labels).toEqual(labels);
  expect(await client().models()).toEqual([{ name: 'animals', version: '1', state: 'READY', reason: '' }]);
  expect([await client().ready(), await client().ready('animals'), await client().ready('other')]).toEqual([
    ...[true, true, false],
  ]);
  expect(await client({ url: 'http://127.0.0.1:1' }).ready()).toBe(false);
});

describe('errors', () => {
  test('have the server’s sentence, its status and the id of the request', async () => {
    const error = await errorOf(client().classify(new Uint8Array(9), { requestId: 'mine-1' }));
    expect(error).toMatchObject({ kind: 'refused', status: 415, requestId: 'mine-1' });
    expect(error.message).toMatch(/PNG/);
    expect(await errorOf(client().metadata('other'))).toMatchObject({ kind: 'refused', status: 404 });
  });

  test('a key is shown, and missed', async () => {
    const keys = parseApiKeys(`shop ${sha256Hex(new TextEncoder().encode('s3cret'))}`, 'keys');
    const guarded = await serve({ model, port: 0, workers: 1, keys, log: () => {} });
    onTestFinished(() => guarded.close());
    const { url } = guarded;
    expect((await createClient({ url, key: 's3cret' }).classify(pngOf(1))).labels).toEqual(labels);
    expect(await errorOf(createClient({ url }).classify(pngOf(1)))).toMatchObject({ kind: 'refused', status: 401 });
    expect(await errorOf(createClient({ url, key: 'x' }).ready('model'))).toMatchObject({ status: 401 });
  });

  test.each<[string, (response: ServerResponse) => void, RequestErrorKind, number | undefined, RegExp]>([
    ['a broken connection', (response) => response.destroy(), 'network', undefined, /expected a server that answers/],
    [
      'an answer that breaks off',
      (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"label"', () => response.destroy());
      },
      'network',
      undefined,
      /expected a server that answers/,
    ],
    ['somebody else’s page', (response) => response.end('<h1>Hello</h1>'), 'answer', 200, /JSON, got "<h1>Hello/],
    ['somebody else’s error', (response) => response.writeHead(502).end('<h1>Bad</h1>'), 'failed', 502, /status 502/],
    ['a failure', (response) => response.writeHead(500).end('{"error":"its log says why"}'), 'failed', 500, /^its log/],
  ])('%s', async (_, answer, kind, status, message) => {
    const { url } = await scripted(answer);
    const error = await errorOf(createClient({ url, retries: 1, firstWait: 1 }).classify(pngOf(1)));
    expect(error).toMatchObject({ kind, status, message: expect.stringMatching(message) });
  });

  test('an address that is none is said at once', () => {
    expect(() => createClient({ url: 'digits' })).toThrow(/address of a server.*got digits/);
  });
});

describe('retrying', () => {
  test('asks again with the same body while the server is busy', async () => {
    const { url, bodies } = await scripted(busy, (response) => response.destroy(), fine);
    const answer: Answer = await createClient({ url, firstWait: 1 }).classify(pngOf(1));
    expect(answer.label).toBe('a');
    expect(bodies).toHaveLength(3);
    expect(new Set(bodies).size).toBe(1);
  });

  test('ends after so many tries', async () => {
    const { url, bodies } = await scripted(busy);
    const error = await errorOf(createClient({ url, firstWait: 1, retries: 2 }).classify(pngOf(1)));
    expect([error.kind, error.status, error.message, bodies.length]).toEqual(['failed', 503, 'too many wait', 3]);
  });

  test('does not ask again what was refused, or what failed for good', async () => {
    for (const status of [400, 404, 413, 415, 500]) {
      const { url, bodies } = await scripted((response) => response.writeHead(status).end('{"error":"no"}'));
      expect((await errorOf(createClient({ url, firstWait: 1 }).classify(pngOf(1)))).status).toBe(status);
      expect([status, bodies.length]).toEqual([status, 1]);
    }
  });

  test('waits as long as the server says, and not at all for longer than it would', async () => {
    const later = (seconds: string) => (response: ServerResponse) =>
      response.writeHead(429, { 'retry-after': seconds }).end('{"error":"too often"}');
    const { url, bodies } = await scripted(later('1'), fine);
    const start = performance.now();
    await createClient({ url, firstWait: 1 }).classify(pngOf(1));
    expect(performance.now() - start).toBeGreaterThan(990);
    expect(bodies).toHaveLength(2);

    const never = await scripted(later('3600'), fine);
    expect(await errorOf(createClient({ url: never.url }).classify(pngOf(1)))).toMatchObject({
      ...{ kind: 'failed', status: 429, retryAfter: 3_600_000 },
    });
    const date = await scripted(later(new Date(Date.now() + 7200_000).toUTCString()), fine);
    expect((await errorOf(createClient({ url: date.url }).classify(pngOf(1)))).retryAfter).toBeGreaterThan(7_000_000);
  });
});

describe('an end to waiting', () => {
  const silent = () => {};

  test('after so long', async () => {
    const { url } = await scripted(silent);
    const error = await errorOf(createClient({ url, timeout: 50 }).classify(pngOf(1)));
    expect(error).toMatchObject({ kind: 'timeout', message: expect.stringContaining('within 50 ms') });
    expect((await errorOf(createClient({ url }).health({ timeout: 50 }))).kind).toBe('timeout');
  });

  test('but not where there is to be none', async () => {
    const { url } = await scripted(fine);
    await expect(createClient({ url, timeout: Infinity }).health()).resolves.toBeDefined();
  });

  test('in the middle of an answer, too', async () => {
    const { url } = await scripted((response) => void response.write('{"label"'));
    expect((await errorOf(createClient({ url, timeout: 100 }).classify(pngOf(1)))).kind).toBe('timeout');
  });

  test('where the caller ends it: while it is asked, while it waits to ask again, before', async () => {
    const why = new Error('the person left');
    const { url } = await scripted(silent);
    const asking = new AbortController();
    const call = createClient({ url }).classify(pngOf(1), { signal: asking.signal });
    setTimeout(() => asking.abort(why), 20);
    await expect(call).rejects.toBe(why);

    const other = await scripted(busy);
    const waiting = new AbortController();
    const options = { url: other.url, firstWait: 60_000, longestWait: 60_000, random: () => 1 };
    const again = createClient(options).classify(pngOf(1), { signal: waiting.signal });
    setTimeout(() => waiting.abort(why), 100);
    await expect(again).rejects.toBe(why);
    expect(other.bodies).toHaveLength(1);

    await expect(client().health({ signal: AbortSignal.abort(why) })).rejects.toBe(why);
  });
});
