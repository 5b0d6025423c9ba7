import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { imagesOf, modelOf, reference, weightsOf } from '../runtime/engines/models.js';
import { pngOf, type TestApp, testApp } from './helpers.js';
import { everyType, fixedSum, lookup, negated, nonZero } from './models.js';
import { until } from './until.js';

const model = modelOf();
let app: TestApp;
beforeAll(async () => {
  app = await testApp(model, {
    name: 'animals',
    limits: { maxBodyBytes: 200_000, maxRows: 50 },
    app: { modelControl: true },
  });
});
afterAll(() => app.close());

const image = (rows = 1) => ({
  name: 'image',
  datatype: 'UINT8',
  shape: [rows, 8, 8, 3],
  data: Array.from(imagesOf(3, rows)),
});

async function ask(path: string, body?: unknown, headers: Record<string, string> = {}, to = app) {
  const init = body === undefined ? {} : { method: 'POST', headers, body: body as BodyInit };
  const text = typeof body === 'string' || body instanceof Uint8Array || body === undefined;
  const response = await to.request(path, text ? init : { ...init, body: JSON.stringify(body) });
  return { status: response.status, headers: response.headers, body: await response.json() };
}
const infer = (body: unknown, headers?: Record<string, string>, to?: TestApp, name = 'animals') =>
  ask(`/v2/models/${name}/infer`, body, headers, to);

async function another(given: Parameters<typeof testApp>[0], options = {}) {
  const made = await testApp(given, options);
  onTestFinished(() => made.close());
  return made;
}

describe('inference', () => {
  test('with flat data, with nested data, with a version', async () => {
    const expected = reference(weightsOf(1), imagesOf(3, 2), 2);
    const flat = image(2);
    const nested = {
      ...flat,
      data: [0, 1].map((n) =>
        Array.from({ length: 8 }, (_, y) =>
          Array.from({ length: 8 }, (_, x) => flat.data.slice(((n * 8 + y) * 8 + x) * 3).slice(0, 3)),
        ),
      ),
    };
    for (const input of [flat, nested]) {
      const { status, body } = await ask('/v2/models/animals/versions/1/infer', { id: '7', inputs: [input] });
      expect(status).toBe(200);
      expect(body).toMatchObject({ model_name: 'animals', model_version: '1', id: '7' });
      const [probabilities, embedding] = body.outputs;
      expect(probabilities).toMatchObject({ name: 'probabilities', datatype: 'FP32', shape: [2, 4] });
      expect(embedding).toMatchObject({ name: 'embedding', datatype: 'FP32', shape: [2, 6] });
      for (const [i, p] of expected.entries()) expect(probabilities.data[i]).toBeCloseTo(p, 5);
    }
  });

  test('gives the outputs that were asked for, in their order', async () => {
    const outputs = [{ name: 'embedding' }, { name: 'probabilities' }];
    const { body } = await infer({ inputs: [image()], outputs });
    expect(body.outputs.map(({ name }: { name: string }) => name)).toEqual(['embedding', 'probabilities']);
    expect((await infer({ inputs: [image()], outputs: [outputs[0]] })).body.outputs).toHaveLength(1);
  });

  test('with both kinds of data at once, in and out', async () => {
    const json = JSON.stringify({
      inputs: [{ ...image(), data: undefined, parameters: { binary_data_size: 192 } }],
      outputs: [{ name: 'embedding', parameters: { binary_data: true } }, { name: 'probabilities' }],
    });
    const body = Buffer.concat([Buffer.from(json), imagesOf(3, 1)]);
    const response = await app.request('/v2/models/animals/infer', {
      method: 'POST',
      body,
      headers: { 'Inference-Header-Content-Length': String(json.length) },
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const length = Number(response.headers.get('inference-header-content-length'));
    const said = JSON.parse(bytes.subarray(0, length).toString());
    expect(said.outputs[0]).toEqual({
      ...{ name: 'embedding', datatype: 'FP32', shape: [1, 6] },
      parameters: { binary_data_size: 24 },
    });
    expect(bytes.length).toBe(length + 24);
    const plain = (await infer({ inputs: [image()] })).body.outputs;
    const own = new Uint8Array(bytes.subarray(length));
    expect([...new Float32Array(own.buffer)]).toEqual(plain[1].data);
    expect(said.outputs[1]).toEqual(plain[0]);
  });

  test('of a compressed body', async () => {
    const body = gzipSync(JSON.stringify({ inputs: [image()] }));
    expect((await infer(body, { 'content-encoding': 'gzip' })).status).toBe(200);
    expect((await infer(body, { 'content-encoding': 'br' })).status).toBe(415);
    expect((await infer(Buffer.from('x'), { 'content-encoding': 'gzip' })).status).toBe(400);
    const bomb = gzipSync(Buffer.alloc(30_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    expect((await infer(bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
  });

  test('keeps numbers of 64 bits, as far as JSON has them', async () => {
    const to = await another(everyType(['INT64', 'UINT64']));
    const values = [-(2 ** 53) + 1, 2 ** 53 - 1, -1, 0];
    const inputs = (data: unknown[]) => [
      { name: 'in_INT64', datatype: 'INT64', shape: [2, 2], data },
      { name: 'in_UINT64', datatype: 'UINT64', shape: [2, 2], data: [1, 2, 3, 2 ** 53 - 1] },
    ];
    const { body } = await infer({ inputs: inputs(values) }, {}, to, 'model');
    expect(body.outputs[0].data).toEqual(values);
    for (const wrong of [2 ** 53, 0.5, '1', null, -(2 ** 60)]) {
      const { status, body } = await infer({ inputs: inputs([...values.slice(1), wrong]) }, {}, to, 'model');
      expect([status, body.error]).toEqual([400, expect.stringMatching(/INT64.*binary/)]);
    }
    // Beyond 2^53 on the way out: digits, not rounded ones.
    const json = JSON.stringify({
      inputs: inputs([]).map((input) => ({ ...input, data: undefined, parameters: { binary_data_size: 32 } })),
    });
    const numbers = new BigInt64Array([-(2n ** 63n), 2n ** 63n - 1n, 5n, 6n]);
    const binary = Buffer.concat([
      Buffer.from(json),
      Buffer.from(numbers.buffer),
      Buffer.from(new BigUint64Array([2n ** 64n - 1n, 2n, 3n, 4n]).buffer),
    ]);
    const response = await to.request('/v2/models/model/infer', {
      method: 'POST',
      body: binary,
      headers: { 'Inference-Header-Content-Length': String(json.length) },
    });
    expect(await response.text()).toMatch(/\[-9223372036854775808,9223372036854775807,5,6\].*\[18446744073709551615,/);
  });

  test('of a model that takes no batches, one by one', async () => {
    const to = await another(fixedSum());
    const input = (name: string, data: number[]) => ({ name, datatype: 'FP32', shape: [2, 3], data });
    const sums = await Promise.all(
      [1, 2, 3].map(async (k) => {
        const inputs = [input('a', [1, 2, 3, 4, 5, 6]), input('b', Array(6).fill(k))];
        return (await infer({ inputs }, {}, to, 'model')).body.outputs[0];
      }),
    );
    expect(sums).toEqual(
      [1, 2, 3].map((k) => ({
        ...{ name: 'sum', datatype: 'FP32', shape: [2, 3] },
        data: [1, 2, 3, 4, 5, 6].map((x) => x + k),
      })),
    );
  });

  test('of a model whose outputs are no rows of its inputs, one by one', async () => {
    const to = await another(nonZero());
    const found = await Promise.all(
      [
        [1, 0, 0, 2],
        [0, 0],
        [5, 5],
      ].map(async (data) => {
        const inputs = [{ name: 'x', datatype: 'FP32', shape: [data.length / 2, 2], data }];
        return (await infer({ inputs }, {}, to, 'model')).body.outputs[0];
      }),
    );
    expect(found.map(({ shape, data }) => [shape, data])).toEqual([
      [
        [2, 2],
        [0, 0, 1, 1],
      ],
      [[0, 2], []],
      [
        [2, 2],
        [0, 0, 0, 1],
      ],
    ]);
  });

  test('whose values the model refuses fails alone', async () => {
    const to = await another(lookup());
    const get = (index: number) =>
      infer(
        {
          inputs: [
            { name: 'index', datatype: 'INT64', shape: [1], data: [index] },
            { name: 'table', datatype: 'FP32', shape: [1, 2], data: [1, 2] },
          ],
        },
        {},
        to,
        'model',
      );
    // The first keeps the worker busy while the others become a batch.
    const answers = await Promise.all([get(0), get(0), get(9), get(0)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 200]);
    expect(answers[2]!.body.error).toMatch(/does not take these tensors/);
  });

  test('that gives what JSON has no words for says so', async () => {
    const to = await another(negated());
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, -1, 1, 1] }];
    const { status, body } = await infer({ inputs }, {}, to, 'model');
    expect([status, body.error]).toEqual([422, expect.stringMatching(/"y" holds NaN at 1.*binary/)]);
    const binary = await to.request('/v2/models/model/infer', {
      method: 'POST',
      body: JSON.stringify({ inputs, parameters: { binary_data_output: true } }),
    });
    expect(binary.status).toBe(200);
  });
});

test('requests at the same time get their own rows, in batches', async () => {
  const asked = await Promise.all(
    Array.from({ length: 40 }, async (_, seed) => {
      const rows = 1 + (seed % 3);
      const images = imagesOf(100 + seed, rows);
      const input = { ...image(rows), data: Array.from(images) };
      const { body } = await infer({ id: String(seed), inputs: [input], outputs: [{ name: 'probabilities' }] });
      const picture = new Uint8Array(pngOf(100 + seed));
      const classified = (await app.post(picture)).body.probabilities as number[];
      return { seed, rows, images, body, classified };
    }),
  );
  for (const { seed, rows, images, body, classified } of asked) {
    const expected = reference(weightsOf(1), images, rows);
    expect([body.id, body.outputs[0].shape]).toEqual([String(seed), [rows, 4]]);
    for (const [i, p] of expected.entries()) expect(body.outputs[0].data[i]).toBeCloseTo(p, 5);
    const own = reference(weightsOf(1), imagesOf(100 + seed, 1), 1);
    for (const [i, p] of own.entries()) expect(classified[i]).toBeCloseTo(p, 5);
  }
  const text = await (await app.request('/metrics')).text();
  const at = (name: string) =>
    Number(new RegExp(`^${name}\\{model="animals",version="1"\\} (.*)$`, 'm').exec(text)![1]);
  expect(at('onward_batch_size_sum') / at('onward_batch_size_count')).toBeGreaterThan(1.5);
});

describe('about models', () => {
  test.each([
    ['/v2/health/live', { live: true }],
    ['/v2/health/ready', { ready: true }],
    ['/v2/models/animals/ready', { name: 'animals', ready: true }],
    ['/v2/models/animals/versions/1/ready', { name: 'animals', ready: true }],
    ['/v2', { name: 'onward', version: expect.stringMatching(/^\d/) }],
    ['/v2/models/animals', { name: 'animals', versions: ['1'] }],
    ['/v2/models/animals/versions/1', { name: 'animals' }],
  ])('%s', async (path, body) => {
    expect(await ask(path)).toMatchObject({ status: 200, body });
  });

  test.each([
    '/v2/models/other',
    '/v2/models/animals/versions/2',
    '/v2/models/animals/versions/2/ready',
    '/v2/models/..%2f..%2fetc%2fpasswd',
    '/v2/models/%2e%2e',
    '/v2/models/animals/other',
    '/v2/other',
  ])('%s is a 404', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404, body: { error: expect.any(String) } });
  });

  test('raw tensors are what the graph says', async () => {
    const to = await another(everyType(['FP32', 'BYTES']), { name: 'raw' });
    expect((await ask('/v2/models/raw', undefined, {}, to)).body).toMatchObject({
      inputs: [
        { name: 'in_FP32', datatype: 'FP32', shape: [-1, 2] },
        { name: 'in_BYTES', datatype: 'BYTES', shape: [-1, 2] },
      ],
    });
    const { status, body } = await to.post(new Uint8Array(5), 'image/png');
    expect([status, body.error]).toEqual([400, expect.stringMatching(/no image classifier.*\/v2\/models\/raw\/infer/)]);
  });

  test('are unloaded and loaded where the server allows it', async () => {
    const to = await another(model, { name: 'animals', app: { modelControl: true } });
    const index = async (body = {}) => (await ask('/v2/repository/index', body, {}, to)).body;
    expect(await index()).toEqual([{ name: 'animals', version: '1', state: 'READY', reason: '' }]);
    expect(await ask('/v2/repository/models/other/unload', {}, {}, to)).toMatchObject({ status: 404 });
    const config = { parameters: { config: '{}' } };
    expect(await ask('/v2/repository/models/animals/load', config, {}, to)).toMatchObject({ status: 400 });
    const otherSite = { 'sec-fetch-site': 'cross-site' };
    expect(await ask('/v2/repository/models/animals/unload', {}, otherSite, to)).toMatchObject({ status: 403 });
    // As browsers say it over plain HTTP, where they say no site.
    for (const origin of ['http://evil.example', 'http://localhost:1', 'null']) {
      expect(await ask('/v2/repository/models/animals/unload', {}, { origin }, to)).toMatchObject({ status: 403 });
    }
    const origin = 'http://localhost';
    const unloaded = await ask('/v2/repository/models/animals/unload', {}, { origin }, to);
    expect(unloaded).toMatchObject({ status: 200, body: {} });
    expect(await index()).toMatchObject([{ state: 'UNAVAILABLE', reason: 'unloaded' }]);
    expect(await index({ ready: true })).toEqual([]);
    expect(await ask('/v2/health/ready', undefined, {}, to)).toMatchObject({ status: 400 });
    expect(await ask('/v2/models/animals', undefined, {}, to)).toMatchObject({ status: 503 });
    expect(await infer({ inputs: [image()] }, {}, to)).toMatchObject({ status: 503 });
  });

  test('are left alone where it does not', async () => {
    const to = await another(everyType(['FP32']), { name: 'animals' });
    for (const verb of ['load', 'unload']) {
      expect(await ask(`/v2/repository/models/animals/${verb}`, {}, {}, to)).toMatchObject({
        status: 403,
        body: { error: expect.stringContaining('--model-control') },
      });
    }
  });
});

describe('bad requests are refused in one sentence', () => {
  const good = image();
  const { data: _, ...bare } = good;
  const deep = `${'['.repeat(60_000)}1${']'.repeat(60_000)}`;
  const cases: [string, unknown, number, RegExp][] = [
    ['not JSON', '{"inputs": [', 400, /as JSON.*cannot be read/],
    ['NaN', '{"inputs": [{"data": [NaN]}]}', 400, /as JSON/],
    ['nothing', '', 400, /empty body/],
    ['a list', '[]', 400, /JSON object/],
    ['null', 'null', 400, /JSON object/],
    ['no inputs', {}, 400, /"inputs" to be a list, got nothing/],
    ['empty inputs', { inputs: [] }, 400, /input "image" \(UINT8 \[-1,8,8,3\]\).*got none/],
    ['inputs as an object', { inputs: {} }, 400, /"inputs" to be a list/],
    ['an input that is none', { inputs: [3] }, 400, /object, got 3/],
    ['another name', { inputs: [{ ...good, name: 'picture' }] }, 400, /"image".*got "picture"/],
    ['a name of the prototype', { inputs: [{ ...good, name: '__proto__' }] }, 400, /"__proto__"/],
    ['an input twice', { inputs: [good, good] }, 400, /"image" twice/],
    ['another type', { inputs: [{ ...good, datatype: 'FP32' }] }, 400, /as UINT8, got "FP32"/],
    ['no type', { inputs: [{ ...good, datatype: undefined }] }, 400, /as UINT8, got nothing/],
    ['no shape', { inputs: [{ ...good, shape: undefined }] }, 400, /shape \[-1,8,8,3\]/],
    ['another rank', { inputs: [{ ...good, shape: [192] }] }, 400, /shape/],
    ['a size of 0', { inputs: [{ ...good, shape: [0, 8, 8, 3], data: [] }] }, 400, /shape/],
    ['a negative size', { inputs: [{ ...good, shape: [-1, 8, 8, 3] }] }, 400, /shape/],
    ['half a row', { inputs: [{ ...good, shape: [1.5, 8, 8, 3] }] }, 400, /shape/],
    ['sizes as text', { inputs: [{ ...good, shape: ['1', 8, 8, 3] }] }, 400, /shape/],
    ['a huge size', { inputs: [{ ...good, shape: [1e15, 8, 8, 3] }] }, 400, /shape|elements/],
    ['too many rows', { inputs: [image(51)] }, 413, /at most 50 rows.*got 51/],
    ['too few elements', { inputs: [{ ...good, data: [1] }] }, 400, /192 elements.*got 1/],
    ['no data', { inputs: [bare] }, 400, /"data".*got nothing/],
    ['text', { inputs: [{ ...good, data: 'abc' }] }, 400, /"data".*"abc"/],
    ['text in the data', { inputs: [{ ...good, data: ['NaN', ...good.data.slice(1)] }] }, 400, /"NaN" at 0/],
    ['null in the data', { inputs: [{ ...good, data: [null, ...good.data.slice(1)] }] }, 400, /got null at 0/],
    ['256 as a byte', { inputs: [{ ...good, data: [256, ...good.data.slice(1)] }] }, 400, /from 0 to 255.*got 256/],
    ['a fraction', { inputs: [{ ...good, data: [0.5, ...good.data.slice(1)] }] }, 400, /whole.*0\.5/],
    ['lists as another shape', { inputs: [{ ...good, data: [good.data] }] }, 400, /lists in lists/],
    ['lists and numbers', { inputs: [{ ...good, data: [[1], 2] }] }, 400, /lists in lists/],
    ['deep lists', `{"inputs":[{"name":"image","datatype":"UINT8","shape":[1,8,8,3],"data":${deep}}]}`, 400, /lists/],
    ['a deep id', `{"id":${deep},"inputs":[]}`, 400, /"id" to be a string, got lists thousands deep/],
    ['deep inputs', `{"inputs":${deep}}`, 400, /object, got lists thousands deep/],
    [
      'a deep object',
      `{"inputs":[{"name":${'{"a":'.repeat(25_000)}1${'}'.repeat(25_000)}}]}`,
      400,
      /got objects thousands deep/,
    ],
    ['a deep name', `{"inputs":[{"name":${deep}}]}`, 400, /by the names.*got lists thousands deep/],
    ['deep parameters', `{"parameters":{"a":${deep}},"inputs":[]}`, 400, /"a".*got lists thousands deep/],
    ['an unknown output', { inputs: [good], outputs: [{ name: 'x' }] }, 400, /"probabilities", "embedding", got "x"/],
    ['outputs as text', { inputs: [good], outputs: 'x' }, 400, /"outputs" to be a list/],
    ['an id that is a number', { id: 1, inputs: [good] }, 400, /"id" to be a string/],
    ['parameters as a list', { parameters: [], inputs: [good] }, 400, /"parameters"/],
    ['parameters in parameters', { parameters: { a: {} }, inputs: [good] }, 400, /"a"/],
    ['shared memory', { inputs: [{ ...bare, parameters: { shared_memory_region: 'r' } }] }, 400, /shared memory/],
    [
      'binary data that is not there',
      { inputs: [{ ...bare, parameters: { binary_data_size: 192 } }] },
      400,
      /192 bytes/,
    ],
    ['data and binary data', { inputs: [{ ...good, parameters: { binary_data_size: 0 } }] }, 400, /both/],
    ['a negative binary size', { inputs: [{ ...bare, parameters: { binary_data_size: -1 } }] }, 400, /from 0 up/],
    [
      'a classification of -1',
      { inputs: [good], outputs: [{ name: 'embedding', parameters: { classification: -1 } }] },
      400,
      /classification/,
    ],
    [
      'binary_data as text',
      { inputs: [good], outputs: [{ name: 'embedding', parameters: { binary_data: 'yes' } }] },
      400,
      /binary_data/,
    ],
    ['too many bytes', ' '.repeat(200_001), 413, /at most 200000 bytes/],
  ];
  test.each(cases)('%s', async (_, body, status, message) => {
    const answer = await infer(body);
    expect([answer.status, answer.body]).toEqual([status, { error: expect.stringMatching(message) }]);
    expect(answer.body.error).not.toMatch(/\n|at .*\.js/);
    expect(answer.body.error.length).toBeLessThan(400);
  });

  test.each(['x', '-1', '1e3', '', '999999'])('Inference-Header-Content-Length: %s', async (length) => {
    const body = JSON.stringify({ inputs: [good] });
    const answer = await infer(body, { 'Inference-Header-Content-Length': length });
    expect([answer.status, answer.body.error]).toEqual([400, expect.stringMatching(/Inference-Header-Content-Length/)]);
  });

  test('binary data that does not add up', async () => {
    const send = (size: number, bytes: number) => {
      const json = JSON.stringify({ inputs: [{ ...bare, parameters: { binary_data_size: size } }] });
      const body = Buffer.concat([Buffer.from(json), Buffer.alloc(bytes)]);
      return infer(body, { 'Inference-Header-Content-Length': String(json.length) });
    };
    expect((await send(192, 192)).status).toBe(200);
    for (const [size, bytes] of [
      [192, 193],
      [192, 191],
      [191, 191],
      [0, 192],
      [200, 200],
    ] as const) {
      expect(await send(size, bytes)).toMatchObject({ status: 400, body: { error: expect.stringMatching(/bytes/) } });
    }
  });

  test('strings in binary data that do not add up', async () => {
    const to = await another(everyType(['BYTES']));
    const send = (bytes: Buffer) => {
      const input = {
        name: 'in_BYTES',
        datatype: 'BYTES',
        shape: [1, 2],
        parameters: { binary_data_size: bytes.length },
      };
      const json = JSON.stringify({ inputs: [input] });
      const headers = { 'Inference-Header-Content-Length': String(json.length) };
      return infer(Buffer.concat([Buffer.from(json), bytes]), headers, to, 'model');
    };
    const [one, two] = [Buffer.from([1, 0, 0, 0, 65]), Buffer.from([2, 0, 0, 0, 66, 67])];
    expect((await send(Buffer.concat([one, two]))).body.outputs[0].data).toEqual(['A', 'BC']);
    for (const wrong of [
      one,
      Buffer.concat([one, two, one]),
      Buffer.from([255, 255, 255, 255]),
      Buffer.from([1, 0, 0]),
    ]) {
      expect(await send(wrong)).toMatchObject({ status: 400, body: { error: expect.stringMatching(/string/) } });
    }
    expect((await send(Buffer.from([1, 0, 0, 0, 0xff, 0, 0, 0, 0]))).body.error).toMatch(/UTF-8/);
  });

  test('a type that is no inference request', async () => {
    const answer = await infer('{}', { 'content-type': 'image/png' });
    expect([answer.status, answer.body.error]).toEqual([415, expect.stringMatching(/application\/json.*image\/png/)]);
  });

  test('and the server goes on', async () => {
    expect((await infer({ inputs: [good] })).status).toBe(200);
    expect(app.log).toEqual([]);
    await until(() => app.model.waiting === 0);
  });
});
