import { createHash } from 'node:crypto';
import { createServer, request as httpRequest } from 'node:http';
import { parseApiKeys, type ServeOptions, serve } from 'onward/serve';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { imagesOf, labels, modelOf, side } from '../runtime/engines/models.js';
import { pngOf, type TestApp, testApp } from './helpers.js';

const model = modelOf();
const hashOf = (key: string) => createHash('sha256').update(key).digest('hex');
const keyFile = `# who may ask\n\nshop ${hashOf('s3cret')}\nlab  ${hashOf('an other one')}\n`;

let app: TestApp;
beforeAll(async () => {
  app = await testApp(model, { app: { keys: parseApiKeys(keyFile, 'keys'), logRequests: true } });
});
afterAll(() => app.close());

const classify = (headers: Record<string, string>) =>
  app.request('/classify', { method: 'POST', body: pngOf(1), headers });

describe('API keys', () => {
  test.each<[string, Record<string, string>, number]>([
    ['the right one as a bearer', { authorization: 'Bearer s3cret' }, 200],
    ['the right one in a header', { 'x-api-key': 's3cret' }, 200],
    ['none', {}, 401],
    ['a wrong one', { authorization: 'Bearer s3cre' }, 401],
    ['its hash', { 'x-api-key': hashOf('s3cret') }, 401],
    ['its name', { 'x-api-key': 'shop' }, 401],
    ['an empty one', { 'x-api-key': '' }, 401],
    ['another scheme', { authorization: 'Basic s3cret' }, 401],
  ])('%s', async (_, headers, status) => {
    const response = await classify(headers);
    expect(response.status).toBe(status);
    if (status === 200) return;
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.json()).toEqual({ error: expect.stringMatching(/API key/) });
  });

  test('are asked for everywhere but at health', async () => {
    for (const path of ['/health', '/v2/health/live', '/v2/health/ready']) {
      expect([path, (await app.request(path)).status]).toEqual([path, 200]);
    }
    for (const path of [
      '/',
      '/v2',
      '/metrics',
      '/model.onnx',
      '/v2/models/model',
      '/nothing',
      '//health',
      '/health/',
    ]) {
      expect([path, (await app.request(path)).status]).toEqual([path, 401]);
    }
  });

  test('stand in no log, their names do', async () => {
    await classify({ 'x-api-key': 's3cret', 'x-request-id': 'abc-1' });
    const lines = app.log.map((line) => JSON.parse(line));
    expect(lines.find(({ request }) => request === 'abc-1')).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: 'info',
      message: 'request',
      request: 'abc-1',
      method: 'POST',
      path: '/classify',
      status: 200,
      milliseconds: expect.any(Number),
      bytes: expect.any(Number),
      client: 'shop',
    });
    expect(app.log.join()).not.toContain('s3cret');
  });

  test.each([
    ['a key itself', 'shop s3cret', /line 1/],
    ['a name twice', `a ${hashOf('x')}\na ${hashOf('y')}`, /a is there twice/],
    ['no name', hashOf('x'), /line 1/],
    ['nothing', '# none\n', /at least one key/],
  ])('a file with %s is refused', (_, text, message) => {
    expect(() => parseApiKeys(text, 'keys.txt')).toThrow(message);
    expect(() => parseApiKeys(text, 'keys.txt')).toThrow('keys.txt');
  });
});

describe('request ids', () => {
  test('are the client’s, or one of ours', async () => {
    const idOf = async (given?: string) =>
      (await app.request('/health', given === undefined ? {} : { headers: { 'x-request-id': given } })).headers.get(
        'x-request-id',
      );
    expect(await idOf('trace/1:2')).toBe('trace/1:2');
    const own = await idOf();
    expect(own).toMatch(/^[\w-]+$/);
    expect(await idOf()).not.toBe(own);
    for (const bad of ['a b', '"', 'x'.repeat(200), '{}']) expect(await idOf(bad)).not.toBe(bad);
  });
});

test('metrics say what was done', async () => {
  const own = await testApp(model, { name: 'animals', limits: { maxImages: 5 } });
  onTestFinished(() => own.close());
  await own.post(pngOf(1));
  await own.post(pngOf(2));
  await own.post(new Uint8Array(9), 'image/png');
  await own.post('x', 'text/html');
  const response = await own.request('/metrics');
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  const numberAt = (line: string) =>
    Number(
      text
        .split('\n')
        .find((one) => one.startsWith(line))
        ?.split(' ')
        .at(-1),
    );
  expect(numberAt('onward_requests_total{model="animals",version="1",protocol="classify",result="ok"}')).toBe(2);
  expect(numberAt('onward_requests_total{model="animals",version="1",protocol="classify",result="refused"}')).toBe(1);
  expect(numberAt('onward_http_responses_total{status="200"}')).toBe(2);
  expect(numberAt('onward_http_responses_total{status="415"}')).toBe(2);
  expect(numberAt('onward_batch_size_count{model="animals",version="1"}')).toBe(2);
  expect(numberAt('onward_batch_size_sum{model="animals",version="1"}')).toBe(2);
  expect(numberAt('onward_queue_depth{model="animals",version="1"}')).toBe(0);
  for (const phase of ['queue', 'decode', 'batch', 'run']) {
    expect(numberAt(`onward_phase_duration_seconds_count{model="animals",version="1",phase="${phase}"}`)).toBe(2);
  }
  const sumOf = (start: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(start))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  expect(sumOf('onward_predictions_total{')).toBe(2);
  expect(numberAt('onward_confidence_count{')).toBe(2);
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m);
});

test('what is predicted is counted by class, of images and of tensors alike', async () => {
  const own = await testApp(model, { name: 'animals' });
  onTestFinished(() => own.close());
  const data = [...imagesOf(1, 1), ...imagesOf(2, 1)];
  const body = JSON.stringify({ inputs: [{ name: 'image', datatype: 'UINT8', shape: [2, side, side, 3], data }] });
  const inferred = await own.request('/v2/models/animals/infer', { method: 'POST', body });
  const [{ data: all }] = (await inferred.json()).outputs;
  const label = (await own.post(pngOf(1))).body.label as string;
  const counts: Record<string, number> = {};
  const text = await (await own.request('/metrics')).text();
  for (const [, name, count] of text.matchAll(/^onward_predictions_total\{.*label="(.*?)".*\} (\d+)$/gm)) {
    counts[name!] = Number(count);
  }
  const expected: Record<string, number> = { [label]: 1 };
  for (const row of [all.slice(0, 4), all.slice(4)]) {
    const name = labels[row.indexOf(Math.max(...row))]!;
    expected[name] = (expected[name] ?? 0) + 1;
  }
  expect(counts).toEqual(expected);
  expect(text).toMatch(/^onward_confidence_count\{.*\} 3$/m);
});

test('no address is ever fetched for a client', async () => {
  let visits = 0;
  const other = createServer((_, response) => response.end(String(visits++)));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const url = `http://127.0.0.1:${(other.address() as { port: number }).port}/`;
  for (const [body, type] of [
    [url, 'image/png'],
    [url, 'application/octet-stream'],
    [`image=${encodeURIComponent(url)}`, 'application/x-www-form-urlencoded'],
  ] as const) {
    const response = await app.request('/classify', {
      method: 'POST',
      body,
      headers: { 'content-type': type, 'x-api-key': 's3cret' },
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
  }
  expect(visits).toBe(0);
});

describe('the host that a request names', () => {
  /** Through the socket: `fetch` names what it asks. */
  const asked = (port: number, host: string | undefined, path = '/v2') =>
    new Promise<[number, string]>((resolve, reject) => {
      const headers = host === undefined ? {} : { host };
      const request = httpRequest({ port, path, setHost: false, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (more) => (text += more));
        response.on('end', () => resolve([response.statusCode!, text]));
      });
      request.on('error', reject).end();
    });
  const serving = async (options: Partial<ServeOptions> = {}) => {
    const server = await serve({ model, port: 0, workers: 1, log: () => {}, ...options });
    onTestFinished(() => server.close());
    return server.port;
  };
  const statuses = (port: number, hosts: readonly string[]) =>
    Promise.all(hosts.map(async (host) => (await asked(port, host))[0]));

  test('is this one, where it listens on this machine alone', async () => {
    const port = await serving();
    const fine = ['localhost', `LOCALHOST:${port}`, `127.0.0.1:${port}`, '[::1]:80', '10.0.0.7', 'a.localhost'];
    expect(await statuses(port, fine)).toEqual(fine.map(() => 200));
    const others = ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.evil.example'];
    expect(await statuses(port, others)).toEqual(others.map(() => 403));
    const [, text] = await asked(port, 'evil.example', '/health');
    expect(JSON.parse(text)).toEqual({
      error: expect.stringMatching(/got "evil\.example"; start it with --allowed-hosts/),
    });
  });

  test('may be named, and is anyone behind a proxy or on a network', async () => {
    const named = await serving({ allowedHosts: ['Shop.example'] });
    expect(await statuses(named, ['shop.example', 'SHOP.example:80', 'localhost', 'evil.example'])).toEqual([
      ...[200, 200, 200, 403],
    ]);
    for (const options of [{ allowedHosts: ['*'] }, { trustProxy: ['loopback'] }, { host: '0.0.0.0' }]) {
      expect(await statuses(await serving(options), ['shop.example'])).toEqual([200]);
    }
    await expect(serving({ allowedHosts: ['http://x'] })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/--allowed-hosts: .*got "http:/),
    });
  });
});
