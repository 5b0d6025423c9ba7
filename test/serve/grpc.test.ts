import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { parseApiKeys, type ServeOptions, type Server, serve } from 'onward/serve';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { imagesOf, labels, modelOf, reference, side, weightsOf } from '../runtime/engines/models.js';
import { certificate } from './certificate.js';
import { grpcClient, inferBytes } from './grpc-client.js';
import { everyType, lookup, negated } from './models.js';
import { until } from './until.js';

const model = modelOf();
const keys = parseApiKeys(`shop ${createHash('sha256').update('s3cret').digest('hex')} rate=1000/h`, 'keys');

async function started(options: Partial<ServeOptions> = {}) {
  const log: string[] = [];
  const server = await serve({
    ...{ model, port: 0, grpcPort: 0, workers: 1, name: 'm', tune: 'off' },
    log: (line) => void log.push(line),
    ...options,
  });
  onTestFinished(() => server.close());
  return { ...server, log };
}

/** A model of somebody else behind both ports. */
async function startedWith(servable: ReturnType<typeof everyType>, options: Partial<ServeOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'onward-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'm.onnx'), servable.bytes!);
  return started({ model: join(folder, 'm.onnx'), ...options });
}

const image = (seed: number, rows = 1) => ({
  model_name: 'm',
  inputs: [{ name: 'image', datatype: 'UINT8', shape: [rows, side, side, 3] }],
  raw_input_contents: [Buffer.from(imagesOf(seed, rows))],
});

/** Of a call by hand. */
const head = {
  ':method': 'POST',
  ':path': '/inference.GRPCInferenceService/ModelInfer',
  'content-type': 'application/grpc',
  te: 'trailers',
};

const metric = async (url: string, line: string) => {
  const text = await (await fetch(`${url}metrics`)).text();
  const found = text.split('\n').find((one) => one.startsWith(line));
  return Number(found?.split(' ').at(-1) ?? 0);
};

/** One server for what leaves nothing behind, and its log. */
let kept: Promise<Server> | undefined;
const keptLog: string[] = [];
const shared = () => {
  const log = (line: string) => void keptLog.push(line);
  kept ??= serve({ model, port: 0, grpcPort: 0, workers: 1, name: 'm', tune: 'off', logRequests: true, log });
  return kept;
};
afterAll(async () => (await kept)?.close());

describe('gRPC', () => {
  test('answers as REST does, and says who answered', async () => {
    const { grpcPort, url } = await shared();
    const { ask } = grpcClient(grpcPort);
    const { code, answer, metadata } = await ask(
      'ModelInfer',
      { ...image(3, 2), id: 'r' },
      { metadata: { 'x-request-id': 'abc' } },
    );
    expect(code).toBe(status.OK);
    expect(metadata).toMatchObject({ 'x-request-id': 'abc', 'x-onward-model': 'm/1' });
    expect(answer).toMatchObject({ model_name: 'm', model_version: '1', id: 'r' });
    expect(answer.outputs.map(({ name, datatype, shape }: never) => [name, datatype, shape])).toEqual([
      ['probabilities', 'FP32', [2, 4]],
      ['embedding', 'FP32', [2, 6]],
    ]);
    const got = new Float32Array(new Uint8Array(answer.raw_output_contents[0]).buffer);
    for (const [i, p] of reference(weightsOf(1), imagesOf(3, 2), 2).entries()) expect(got[i]).toBeCloseTo(p, 5);
    const best = await ask('ModelInfer', {
      ...{ ...image(3), model_version: '1' },
      outputs: [{ name: 'probabilities', parameters: { classification: { int64_param: 1 } } }],
    });
    expect(String(best.answer.raw_output_contents[0])).toMatch(new RegExp(`:(${labels.join('|')})$`));
    expect(await metric(url, 'onward_batch_size_sum{model="m",version="1"}')).toBe(3);

    expect((await ask('ServerLive')).answer).toEqual({ live: true });
    expect((await ask('ServerReady')).answer).toEqual({ ready: true });
    expect((await ask('ModelReady', { name: 'm' })).answer).toEqual({ ready: true });
    expect((await ask('ModelReady', { name: 'm', version: '7' })).answer).toEqual({ ready: false });
    expect((await ask('Check')).answer).toEqual({ status: 1 });
    expect((await ask('ServerMetadata')).answer).toMatchObject({ name: 'onward' });
    expect((await ask('RepositoryIndex', { ready: true })).answer.models).toHaveLength(1);
  });

  test('writes into the log of requests what HTTP writes', async () => {
    const { grpcPort } = await shared();
    await grpcClient(grpcPort).ask('ModelInfer', image(1), { metadata: { 'x-request-id': 'abc-2' } });
    const line = keptLog.map((one) => JSON.parse(one)).find(({ request }) => request === 'abc-2');
    expect(line).toMatchObject({
      path: '/v2/models/m/infer',
      status: 200,
      client: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
    });
    expect(line.bytes).toBeGreaterThan(side * side * 3);
  });

  test.each<[string, string, object, number, RegExp]>([
    ['an unknown model', 'ModelInfer', { ...image(1), model_name: 'x' }, status.NOT_FOUND, /"x"/],
    ['an unknown version', 'ModelInfer', { ...image(1), model_version: '9' }, status.NOT_FOUND, /"9"|9/],
    ['no model', 'ModelInfer', { ...image(1), model_name: '' }, status.INVALID_ARGUMENT, /name of a model, got none/],
    ['a way out of the models', 'ModelMetadata', { name: '..' }, status.INVALID_ARGUMENT, /got "\.\."/],
    ['another way out', 'ModelMetadata', { name: '../../health' }, status.NOT_FOUND, /"\.\.\/\.\.\/health"/],
    [
      'a wrong shape',
      'ModelInfer',
      { ...image(1), inputs: [{ ...image(1).inputs[0], shape: [1, 2] }] },
      status.INVALID_ARGUMENT,
      /shape \[-1,8,8,3\].*\[1,2\]/,
    ],
    [
      'a wrong type',
      'ModelInfer',
      { ...image(1), inputs: [{ ...image(1).inputs[0], datatype: 'FP8' }] },
      status.INVALID_ARGUMENT,
      /as UINT8, got "FP8"/,
    ],
    [
      'too few bytes',
      'ModelInfer',
      { ...image(1), raw_input_contents: [Buffer.alloc(5)] },
      status.INVALID_ARGUMENT,
      /192 bytes.*got 5/,
    ],
    ['no data', 'ModelInfer', { ...image(1), raw_input_contents: [] }, status.INVALID_ARGUMENT, /192 bytes.*got 0/],
    [
      'more data than inputs',
      'ModelInfer',
      { ...image(1), raw_input_contents: [Buffer.alloc(192), Buffer.alloc(1)] },
      status.INVALID_ARGUMENT,
      /as many raw_input_contents as inputs, 1, got 2/,
    ],
    ['no input', 'ModelInfer', { model_name: 'm' }, status.INVALID_ARGUMENT, /expected the input "image"/],
    [
      'shared memory',
      'ModelInfer',
      {
        model_name: 'm',
        inputs: [{ ...image(1).inputs[0], parameters: { shared_memory_region: { string_param: 'r' } } }],
      },
      status.INVALID_ARGUMENT,
      /shared memory, which this server does not have/,
    ],
    [
      'raw and typed at once',
      'ModelInfer',
      { ...image(1), inputs: [{ ...image(1).inputs[0], contents: { uint_contents: [1] } }] },
      status.INVALID_ARGUMENT,
      /got both.*"image"/,
    ],
    [
      'typed contents of another type',
      'ModelInfer',
      { model_name: 'm', inputs: [{ ...image(1).inputs[0], contents: { fp32_contents: [1] } }] },
      status.INVALID_ARGUMENT,
      /UINT8 in "uint_contents".*got "fp32_contents"/,
    ],
    [
      'typed contents that the type does not have',
      'ModelInfer',
      { model_name: 'm', inputs: [{ ...image(1).inputs[0], contents: { uint_contents: [1, 256] } }] },
      status.INVALID_ARGUMENT,
      /from 0 to 255.*got 256 at 1/,
    ],
    ['loading', 'RepositoryModelLoad', { model_name: 'm' }, status.PERMISSION_DENIED, /--model-control/],
    ['unloading', 'RepositoryModelUnload', { model_name: 'm' }, status.PERMISSION_DENIED, /--model-control/],
    [
      'an output that is not there',
      'ModelInfer',
      { ...image(1), outputs: [{ name: 'y' }] },
      status.INVALID_ARGUMENT,
      /"outputs" by the names.*"y"/,
    ],
  ])('%s is refused in a sentence', async (_, method, request, code, sentence) => {
    const { ask } = grpcClient((await shared()).grpcPort);
    const said = await ask(method, request);
    expect([said.code, said.details]).toEqual([code, expect.stringMatching(sentence)]);
    expect(said.metadata['x-request-id']).toBeTruthy();
  });

  test('a message that is none is refused in a sentence', async () => {
    const { ask } = grpcClient((await shared()).grpcPort);
    for (const raw of [Buffer.from([0x0a, 0xff]), Buffer.from([7]), Buffer.from([0x0a, 2, 0xff, 0xfe])]) {
      const said = await ask('ModelInfer', {}, { raw });
      expect([said.code, said.details]).toEqual([
        status.INVALID_ARGUMENT,
        expect.stringMatching(/^expected a ModelInferRequest, but the message cannot be read/),
      ]);
    }
    // Two bytes each, that would be objects by the million.
    const many = await ask('ModelInfer', {}, { raw: Buffer.alloc(4_000_000, Buffer.from([0x2a, 0])) });
    expect([many.code, many.details]).toEqual([status.RESOURCE_EXHAUSTED, expect.stringMatching(/10000 fields/)]);
  });

  test('typed contents of FP16 are refused, numbers beyond 2^53 and numbers that are none come through', async () => {
    const { ask } = grpcClient((await startedWith(everyType(['FP16', 'INT64', 'FP64']))).grpcPort);
    const inputs = [
      { name: 'in_FP16', datatype: 'FP16', shape: [1, 2], contents: { fp32_contents: [1, 2] } },
      { name: 'in_INT64', datatype: 'INT64', shape: [1, 2], contents: { int64_contents: [1, 2] } },
      { name: 'in_FP64', datatype: 'FP64', shape: [1, 2], contents: { fp64_contents: [1, 2] } },
    ];
    const typed = await ask('ModelInfer', { model_name: 'm', inputs });
    expect([typed.code, typed.details]).toEqual([
      status.INVALID_ARGUMENT,
      expect.stringMatching(/"in_FP16" of FP16 in raw_input_contents/),
    ]);
    const raw = [
      Buffer.from(new Uint16Array([0x7e01, 0x8000]).buffer),
      Buffer.from(new BigInt64Array([2n ** 53n + 1n, -(2n ** 63n)]).buffer),
      Buffer.from(new Float64Array([Number.NaN, -Infinity]).buffer),
    ];
    const specs = inputs.map(({ contents, ...spec }) => spec);
    const { answer } = await ask('ModelInfer', { model_name: 'm', inputs: specs, raw_input_contents: raw });
    expect(answer.raw_output_contents.map((bytes: Buffer) => bytes.toString('hex'))).toEqual(
      raw.map((bytes) => bytes.toString('hex')),
    );
    const x = { name: 'x', datatype: 'FP32', shape: [1, 4], contents: { fp32_contents: [-1, 1, 0, Infinity] } };
    const other = grpcClient((await startedWith(negated())).grpcPort);
    const logs = (await other.ask('ModelInfer', { model_name: 'm', inputs: [x] })).answer.raw_output_contents[0];
    expect(Array.from(new Float32Array(new Uint8Array(logs).buffer))).toEqual([Number.NaN, 0, -Infinity, Infinity]);
  });

  test('what the model itself refuses is the fault of who asked', async () => {
    const { ask } = grpcClient((await startedWith(lookup())).grpcPort);
    const inputs = [
      { name: 'index', datatype: 'INT64', shape: [1], contents: { int64_contents: [7] } },
      { name: 'table', datatype: 'FP32', shape: [1, 2], contents: { fp32_contents: [1, 2] } },
    ];
    expect((await ask('ModelInfer', { model_name: 'm', inputs })).code).toBe(status.INVALID_ARGUMENT);
  });
});

describe('limits', () => {
  test('who shows no key, or a wrong one, is refused before the message is read; health is for all', async () => {
    const { grpcPort } = await started({ keys, rateLimit: '8/h' });
    const { ask } = grpcClient(grpcPort);
    const asked = (metadata: Record<string, string>, request: object = image(1)) =>
      ask('ModelInfer', request, { metadata });
    for (const metadata of [{}, { authorization: 'Bearer s3cre' }, { 'x-api-key': 'shop' }] as Record<
      string,
      string
    >[]) {
      const said = await asked(metadata);
      expect([said.code, said.details]).toEqual([status.UNAUTHENTICATED, expect.stringMatching(/API key/)]);
    }
    expect((await asked({ authorization: 'Bearer s3cret' })).code).toBe(status.OK);
    expect((await asked({ 'x-api-key': 's3cret' })).code).toBe(status.OK);
    expect((await ask('ServerMetadata')).code).toBe(status.UNAUTHENTICATED);
    // Guesses are counted, by address.
    for (let i = 0; i < 4; i++) await asked({ 'x-api-key': 'guess' });
    expect((await asked({ 'x-api-key': 'guess' })).code).toBe(status.RESOURCE_EXHAUSTED);
    expect((await asked({ 'x-api-key': 's3cret' })).code).toBe(status.OK);
    for (const open of ['ServerLive', 'ServerReady', 'Check']) expect((await ask(open)).code).toBe(status.OK);

    // A message that is announced and never comes: the answer does not wait for it.
    const session = connectHttp2(`http://127.0.0.1:${grpcPort}`);
    onTestFinished(() => session.destroy());
    const stream = session.request(head);
    stream.write(Buffer.from([0, 2, 0, 0, 0, 1]));
    const headers = await new Promise<Record<string, unknown>>((resolve) => stream.once('response', resolve));
    expect(headers['grpc-status']).toBe(String(status.RESOURCE_EXHAUSTED));
    await new Promise((resolve) => stream.once('close', resolve));
  });

  test('rates are those of HTTP, by the address behind a proxy too', async () => {
    const { grpcPort, url } = await started({ rateLimit: '3/h', trustProxy: ['loopback'] });
    const { ask } = grpcClient(grpcPort);
    const from = (address: string) => ({ metadata: { 'x-forwarded-for': address } });
    expect((await ask('ModelInfer', image(1, 2), from('1.2.3.4'))).code).toBe(status.OK);
    const over = await fetch(`${url}v2`, { headers: { 'x-forwarded-for': '1.2.3.4' } });
    expect(over.status).toBe(200);
    const said = await ask('ServerMetadata', {}, from('1.2.3.4'));
    expect([said.code, said.details]).toEqual([status.RESOURCE_EXHAUSTED, expect.stringMatching(/at most 3 /)]);
    expect(Number(said.metadata['retry-after'])).toBeGreaterThan(0);
    expect((await ask('ServerMetadata', {}, from('1.2.3.5'))).code).toBe(status.OK);
    // What cannot be read counts as well.
    for (let i = 0; i < 2; i++) await ask('ModelInfer', {}, { ...from('1.2.3.5'), raw: Buffer.from([7]) });
    expect((await ask('ModelInfer', {}, { ...from('1.2.3.5'), raw: Buffer.from([7]) })).code).toBe(
      status.RESOURCE_EXHAUSTED,
    );
  });

  test('larger messages than --max-body are refused, also what is larger once it is unpacked', async () => {
    const { grpcPort } = await startedWith(everyType(['INT64', 'BYTES']), { limits: { maxBodyBytes: 10_000 } });
    const { ask } = grpcClient(grpcPort);
    const large = await ask('ModelInfer', { model_name: 'm', raw_input_contents: [Buffer.alloc(20_000)] });
    expect(large.code).toBe(status.RESOURCE_EXHAUSTED);
    const int64 = (count: number) => ({
      name: 'in_INT64',
      datatype: 'INT64',
      shape: [count / 2, 2],
      contents: { int64_contents: Array(count).fill(1) },
    });
    const unpacked = await ask('ModelInfer', { model_name: 'm', inputs: [int64(5_000)] });
    expect([unpacked.code, unpacked.details]).toEqual([
      status.RESOURCE_EXHAUSTED,
      expect.stringMatching(/at most 10000 more bytes .* got 40000/),
    ]);
    const texts = (count: number) => ({
      name: 'in_BYTES',
      datatype: 'BYTES',
      shape: [count / 2, 2],
      contents: { bytes_contents: Array(count).fill(Buffer.alloc(0)) },
    });
    const empty = await ask('ModelInfer', { model_name: 'm', inputs: [texts(4_000)] });
    expect([empty.code, empty.details]).toEqual([status.RESOURCE_EXHAUSTED, expect.stringMatching(/got 16000/)]);
    expect((await ask('ModelInfer', { model_name: 'm', inputs: [int64(2), texts(2)] })).code).toBe(status.OK);
  });

  test('who needs no key sends no more than a name has', async () => {
    const { grpcPort } = await started({ keys });
    const { ask } = grpcClient(grpcPort);
    // One field that nobody knows, of 69,990 bytes.
    const raw = Buffer.concat([Buffer.from([0x0a, 0xe6, 0xa2, 4]), Buffer.alloc(69_990)]);
    for (const method of ['ServerLive', 'Check']) {
      expect([method, (await ask(method, {}, { raw })).code]).toEqual([method, status.RESOURCE_EXHAUSTED]);
      expect((await ask(method)).code).toBe(status.OK);
    }
    // A few bytes on the way, and many once they are unpacked.
    const session = connectHttp2(`http://127.0.0.1:${grpcPort}`);
    onTestFinished(() => session.destroy());
    const asked = (bytes: Buffer) =>
      new Promise((resolve) => {
        const stream = session.request({
          ...{ ...head, ':path': '/inference.GRPCInferenceService/ServerLive', 'grpc-encoding': 'gzip' },
        });
        const take = (headers: Record<string, unknown>) => 'grpc-status' in headers && resolve(headers['grpc-status']);
        stream
          .on('response', take)
          .on('trailers', take)
          .on('error', () => {})
          .resume();
        const length = Buffer.from([1, 0, 0, 0, 0]);
        length.writeUInt32BE(bytes.length, 1);
        stream.end(Buffer.concat([length, bytes]));
      });
    expect(await asked(gzipSync(raw))).toBe(String(status.RESOURCE_EXHAUSTED));
    expect(await asked(gzipSync(Buffer.alloc(0)))).toBe(String(status.OK));
    const keyed = { metadata: { authorization: 'Bearer s3cret' } };
    expect((await ask('ModelInfer', image(1, 500), keyed)).code).toBe(status.OK);
  });

  test('more connections than allowed are closed, and slow messages are cut', async () => {
    const { grpcPort } = await started({ limits: { maxConnections: 2, headersTimeout: 200, requestTimeout: 200 } });
    const session = connectHttp2(`http://127.0.0.1:${grpcPort}`);
    onTestFinished(() => session.destroy());
    const stream = session.request(head);
    let said: Record<string, unknown> = {};
    stream.on('response', (headers) => {
      said = headers;
    });
    stream.on('error', () => {});
    stream.write(Buffer.from([0, 0, 0, 1, 0, 1]));
    const drip = setInterval(() => !stream.closed && stream.write(Buffer.alloc(1)), 20);
    onTestFinished(() => clearInterval(drip));
    await until(() => stream.closed);
    expect(said['grpc-status']).toBe(String(status.DEADLINE_EXCEEDED));
    expect(decodeURI(String(said['grpc-message']))).toMatch(/whole request within 0\.2 s/);

    const sockets = Array.from({ length: 5 }, () => connect(grpcPort!, '127.0.0.1').on('error', () => {}));
    onTestFinished(() => sockets.forEach((socket) => void socket.destroy()));
    let closed = 0;
    for (const socket of sockets) socket.resume().on('close', () => closed++);
    await until(() => closed === 4);
  });
});

test('a client that leaves is forgotten before its rows cost anything', async () => {
  const { grpcPort, url } = await started({ maxWait: 9_000, maxBatch: 8 });
  const of = '{model="m",version="1"';
  const waiting = () => metric(url, `onward_queue_depth${of}}`);
  const gone = () => metric(url, `onward_dropped_total${of},reason="gone"}`);

  const client = grpcClient(grpcPort);
  const late = await client.ask('ModelInfer', image(1), { deadline: 300 });
  expect(late.code).toBe(status.DEADLINE_EXCEEDED);
  await until(async () => (await gone()) === 1);

  const leave = new AbortController();
  const cancelled = client.ask('ModelInfer', image(2), { signal: leave.signal });
  await until(async () => (await waiting()) === 1);
  leave.abort();
  expect((await cancelled).code).toBe(status.CANCELLED);
  await until(async () => (await gone()) === 2);

  // Without a word: its connection is cut.
  const socket = connect(grpcPort!, '127.0.0.1');
  const session = connectHttp2('http://127.0.0.1', { createConnection: () => socket }).on('error', () => {});
  const stream = session.request(head).on('error', () => {});
  const message = inferBytes(image(3));
  const length = Buffer.alloc(5);
  length.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([length, message]));
  await until(async () => (await waiting()) === 1);
  socket.destroy();
  await until(async () => (await gone()) === 3);

  expect(await waiting()).toBe(0);
  expect(await metric(url, `onward_batch_size_sum${of}}`)).toBe(0);
});

describe('the server of gRPC', () => {
  test('answers what it has when it stops, and nothing after that', async () => {
    const { grpcPort, url, close } = await started({ maxWait: 400, maxBatch: 64 });
    const clients = Array.from({ length: 4 }, () => grpcClient(grpcPort));
    const asked = clients.flatMap(({ ask }, i) => Array.from({ length: 5 }, (_, n) => ask('ModelInfer', image(i + n))));
    await until(async () => (await metric(url, 'onward_queue_depth{model="m",version="1"}')) === 20);
    const closing = close();
    expect((await Promise.all(asked)).map(({ code }) => code)).toEqual(Array(20).fill(status.OK));
    await closing;
    expect((await grpcClient(grpcPort).ask('ServerLive', {}, { deadline: 5_000 })).code).toBe(status.UNAVAILABLE);
    expect((await clients[0]!.ask('ServerLive', {}, { deadline: 5_000 })).code).toBe(status.UNAVAILABLE);
  });

  test('loses no call that it took, under load', async () => {
    const { grpcPort, url, close } = await started();
    const last = Array.from({ length: 8 }, async (_, i) => {
      const { ask } = grpcClient(grpcPort);
      for (;;) {
        const { code } = await ask('ModelInfer', image(i), { deadline: 20_000 });
        if (code !== status.OK) return code;
      }
    });
    await until(async () => (await metric(url, 'onward_batch_size_sum{model="m",version="1"}')) > 50);
    await close();
    expect(await Promise.all(last)).toEqual(Array(8).fill(status.UNAVAILABLE));
  });

  test('loads and unloads where that is allowed', async () => {
    const { grpcPort } = await started({ modelControl: true });
    const { ask } = grpcClient(grpcPort);
    const file = { parameters: { 'file:1/model.onnx': { bytes_param: Buffer.alloc(9) } } };
    const own = await ask('RepositoryModelLoad', { model_name: 'm', ...file });
    expect([own.code, own.details]).toEqual([status.INVALID_ARGUMENT, expect.stringMatching(/file:1/)]);
    expect((await ask('RepositoryModelUnload', { model_name: 'm' })).code).toBe(status.OK);
    expect((await ask('ModelReady', { name: 'm' })).answer).toEqual({ ready: false });
    expect((await ask('ServerReady')).answer).toEqual({ ready: false });
    expect((await ask('Check')).answer).toEqual({ status: 2 });
    expect((await ask('ModelInfer', image(1))).code).toBe(status.UNAVAILABLE);
    expect((await ask('RepositoryModelLoad', { model_name: 'x' })).code).toBe(status.NOT_FOUND);
  });

  test('cuts who does not come to an end', async () => {
    const { grpcPort, url, close } = await started({ maxWait: 8_000, maxBatch: 64, grace: 50 });
    const asked = grpcClient(grpcPort).ask('ModelInfer', image(1));
    const idle = connect(grpcPort!, '127.0.0.1')
      .resume()
      .on('error', () => {});
    await until(async () => (await metric(url, 'onward_queue_depth{model="m",version="1"}')) === 1);
    await close();
    expect((await asked).code).not.toBe(status.OK);
    await until(() => idle.closed);
  });

  test('has the certificate of HTTP', async () => {
    const { grpcPort } = await started({ tls: certificate });
    expect((await grpcClient(grpcPort, certificate.cert).ask('ModelInfer', image(1))).code).toBe(status.OK);
    const plain = await grpcClient(grpcPort).ask('ServerLive', {}, { deadline: 5_000 });
    expect(plain.code).toBe(status.UNAVAILABLE);
  });

  test('says which port it cannot have, and leaves none open', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };
    await expect(started({ grpcPort: port })).rejects.toMatchObject({
      kind: 'system',
      message: expect.stringMatching(new RegExp(`port ${port} .*in use.*--grpc-port`)),
    });
    await expect(started({ grpcPort: 70_000 })).rejects.toMatchObject({ kind: 'usage' });
  });

  test('survives whatever is sent', async () => {
    const { grpcPort } = await shared();
    const { ask } = grpcClient(grpcPort);
    const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    // An answer, an end, or neither for a while: an invalid connection of HTTP/2 may stay until it has been idle for long.
    const speak = (bytes: Uint8Array) =>
      new Promise<void>((resolve) => {
        const socket = connect(grpcPort!, '127.0.0.1', () => socket.write(bytes));
        const clock = setTimeout(() => socket.destroy(), 20);
        socket.once('data', () => socket.destroy()).on('error', () => {});
        socket.on('close', () => {
          clearTimeout(clock);
          resolve();
        });
      });
    const frames = fc.array(
      fc
        .tuple(fc.nat(12), fc.nat(255), fc.nat(5), fc.uint8Array({ maxLength: 60 }))
        .map(([type, flags, stream, body]) =>
          Buffer.concat([Buffer.from([0, 0, body.length, type, flags, 0, 0, 0, stream]), body]),
        ),
      { maxLength: 8 },
    );
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      frames.map((all) => Buffer.concat([preface, Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]), ...all])),
    );
    await fc.assert(fc.asyncProperty(garbage, speak), { seed: 1, numRuns: 80 });
    // Messages: anything, and a good one in which some bytes are others.
    const good = inferBytes(image(1));
    const messages = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { minLength: 1, maxLength: 4 }).map((changes) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      }),
    );
    const allowed: number[] = [
      status.OK,
      ...[status.INVALID_ARGUMENT, status.NOT_FOUND, status.RESOURCE_EXHAUSTED, status.PERMISSION_DENIED],
    ];
    const methods = fc.constantFrom('ModelInfer', 'ModelInfer', 'ModelInfer', 'ModelMetadata', 'RepositoryIndex');
    await fc.assert(
      fc.asyncProperty(methods, messages, async (method, raw) => {
        const { code } = await ask(method, {}, { raw });
        expect(allowed).toContain(code);
      }),
      { seed: 2, numRuns: 300 },
    );
    expect((await ask('ModelInfer', image(1))).code).toBe(status.OK);
  });
});
