import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Hono } from 'hono';
import { sha256Hex } from 'onward/common';
import { classifier, parseApiKeys } from 'onward/serve';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { routes } from '#onward/serve/routes/index.js';
import { modelOf } from '../runtime/engines/models.js';
import { pngOf, type TestApp, testApp } from './helpers.js';

type Media = { readonly schema?: object };
type Operation = {
  readonly operationId: string;
  readonly requestBody?: { readonly content: { readonly [type: string]: Media } };
  readonly responses: {
    readonly [status: string]: { readonly headers?: object; readonly content?: { readonly [type: string]: Media } };
  };
  readonly security?: object[];
};
type Document = {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components: { readonly schemas: object; readonly securitySchemes?: object };
  readonly servers?: { url: string }[];
};

let app: TestApp;
let described: Document;
beforeAll(async () => {
  app = await testApp(modelOf(), { name: 'animals' });
  described = (await (await app.request('/openapi.json')).json()) as Document;
});
afterAll(() => app.close());

/** What is wrong with a value by the schema of the document; empty: nothing. */
function wrong(schema: object | undefined, value: unknown): string {
  const ajv = new Ajv2020({ strict: false });
  const valid = ajv.validate({ ...schema, components: described.components }, value);
  return valid ? '' : ajv.errorsText();
}

const requestSchema = (path: string) => described.paths[path]!.post!.requestBody!.content['application/json']!.schema;

describe('the description', () => {
  test('is OpenAPI 3.1 for a validator that others wrote', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(described));
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    const broken = { ...structuredClone(described), paths: { '/x': { get: { responses: { 200: {} } } } } };
    expect((await new Validator().validate(broken)).valid).toBe(false);
  });

  test('has every route, and no other', () => {
    const of = (path: string) => path.replace(/\*$/, '').replace(/:(\w+)/g, '{$1}');
    const ours = routes.map(({ method, path }) => `${method} ${of(path)}`);
    const theirs = Object.entries(described.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(theirs.toSorted()).toEqual(ours.toSorted());
    const ids = Object.values(described.paths).flatMap((methods) =>
      Object.values(methods).map((one) => one.operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('says which routes ask for a key', async () => {
    const keys = parseApiKeys(`shop ${sha256Hex(new TextEncoder().encode('s3cret'))}`, 'keys');
    const guarded = await testApp(modelOf(), { app: { keys } });
    onTestFinished(() => guarded.close());
    const response = await guarded.request('/openapi.json', { headers: { 'x-api-key': 's3cret' } });
    const { paths, components } = (await response.json()) as Document;
    expect(Object.keys(components.securitySchemes!)).toEqual(['bearer', 'header']);
    expect(paths['/classify']!.post!.security).toEqual([{ bearer: [] }, { header: [] }]);
    expect(Object.keys(paths['/classify']!.post!.responses)).toContain('401');
    expect(paths['/health']!.get!.security).toBeUndefined();
    expect(described.components.securitySchemes).toBeUndefined();
    expect(described.paths['/classify']!.post!.security).toBeUndefined();
  });

  test('names the path that the app is mounted at', async () => {
    const outer = new Hono();
    const digits = await classifier(modelOf(), { workers: 1, page: false, log: () => {} });
    onTestFinished(() => digits.close());
    outer.route('/digits', digits);
    const { servers } = (await (await outer.request('/digits/openapi.json')).json()) as Document;
    expect(servers).toEqual([{ url: '/digits' }]);
    expect(described.servers).toBeUndefined();
  });
});

const png = pngOf(1);
const form = () => {
  const body = new FormData();
  for (const seed of [1, 2]) body.append('image', new Blob([pngOf(seed)]), 'x.png');
  return body;
};
const rows = { name: 'image', datatype: 'UINT8', shape: [1, 8, 8, 3], data: Array(192).fill(1) };
const infer = (body: unknown) => ({ method: 'POST', body: JSON.stringify(body) });

describe('what is answered', () => {
  test.each<[string, string, string, RequestInit?]>([
    ['/classify', 'post', '/classify', { method: 'POST', body: png }],
    ['/classify', 'post', '/classify?top=2', { method: 'POST', body: png }],
    ['/classify', 'post', '/classify', { method: 'POST', body: form() }],
    ['/classify', 'post', '/classify', { method: 'POST', body: 'x' }],
    ['/classify', 'post', '/classify?top=x', { method: 'POST', body: png }],
    ['/classify', 'post', '/classify', { method: 'POST', body: 'x', headers: { 'content-type': 'text/html' } }],
    ['/health', 'get', '/health'],
    ['/openapi.json', 'get', '/openapi.json'],
    ['/v2', 'get', '/v2'],
    ['/v2/health/live', 'get', '/v2/health/live'],
    ['/v2/health/ready', 'get', '/v2/health/ready'],
    ['/v2/models/{model}', 'get', '/v2/models/animals'],
    ['/v2/models/{model}', 'get', '/v2/models/other'],
    ['/v2/models/{model}/versions/{version}', 'get', '/v2/models/animals/versions/1'],
    ['/v2/models/{model}/ready', 'get', '/v2/models/animals/ready'],
    ['/v2/models/{model}/infer', 'post', '/v2/models/animals/infer', infer({ id: 'x', inputs: [rows] })],
    ['/v2/models/{model}/infer', 'post', '/v2/models/animals/infer', infer({ inputs: [] })],
    [
      '/v2/models/{model}/infer',
      'post',
      '/v2/models/animals/infer',
      infer({ inputs: [rows], outputs: [{ name: 'probabilities', parameters: { classification: 2 } }] }),
    ],
    ['/v2/repository/index', 'post', '/v2/repository/index', { method: 'POST' }],
    ['/v2/repository/models/{model}/load', 'post', '/v2/repository/models/animals/load', { method: 'POST' }],
    ['/', 'get', '/'],
  ])('%s %s at %s is what is described', async (path, method, address, init) => {
    const response = await app.request(address, init);
    const operation = described.paths[path]![method]!;
    const type = response.headers.get('content-type')!.split(';')[0]!;
    const said = operation.responses[response.status];
    const content = said?.content?.[type];
    // Those that only some answers have.
    for (const name of ['X-Onward-Model', 'Inference-Header-Content-Length']) {
      if (response.headers.has(name)) expect(Object.keys(said?.headers ?? {})).toContain(name);
    }
    if (address.startsWith('/classify') && response.ok) expect(response.headers.has('X-Onward-Model')).toBe(true);
    expect([response.status, type, content !== undefined]).toEqual([response.status, type, true]);
    if (type === 'application/json') expect(wrong(content!.schema, await response.json())).toBe('');
  });

  test.each<[string, unknown, boolean]>([
    ['as it should be', { inputs: [rows] }, true],
    ['with what nobody knows', { inputs: [rows], custom: 1 }, true],
    ['with parameters', { inputs: [rows], parameters: { a: 'b', c: 1, d: true } }, true],
    ['with an output', { inputs: [rows], outputs: [{ name: 'probabilities' }] }, true],
    ['without inputs', {}, false],
    ['with inputs that are none', { inputs: {} }, false],
    ['with a number as its id', { id: 1, inputs: [rows] }, false],
    ['with an input without a name', { inputs: [{ ...rows, name: undefined }] }, false],
    ['with an unknown datatype', { inputs: [{ ...rows, datatype: 'FP8' }] }, false],
    ['with a shape that is none', { inputs: [{ ...rows, shape: 'all' }] }, false],
    ['with half a row', { inputs: [{ ...rows, shape: [0.5, 8, 8, 3] }] }, false],
    ['with parameters that are none', { inputs: [rows], parameters: { a: [] } }, false],
    ['with an output without a name', { inputs: [rows], outputs: [{}] }, false],
    ['with outputs that are none', { inputs: [rows], outputs: 'all' }, false],
    ['as a list', [rows], false],
  ])('an inference request %s: the description and the server agree', async (_, body, fits) => {
    const sent = JSON.parse(JSON.stringify(body));
    expect(wrong(requestSchema('/v2/models/{model}/infer'), sent) === '').toBe(fits);
    expect((await app.request('/v2/models/animals/infer', infer(body))).status).toBe(fits ? 200 : 400);
  });

  test.each<[string, unknown, boolean]>([
    ['nothing', {}, true],
    ['only those that are ready', { ready: true }, true],
    ['a word', { ready: 'yes' }, false],
    ['a list', [], false],
  ])('a request of the index with %s: the description and the server agree', async (_, body, fits) => {
    expect(wrong(requestSchema('/v2/repository/index'), body) === '').toBe(fits);
    const response = await app.request('/v2/repository/index', infer(body));
    expect(response.status).toBe(fits ? 200 : 400);
    if (!fits) expect(((await response.json()) as { error: string }).error).toMatch(/the body.*expected/);
  });
});

test('the page for people has every operation, no script, and its style', async () => {
  const response = await app.request('/docs');
  const html = await response.text();
  expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
  expect(html).not.toMatch(/<script|style=|https?:/);
  for (const [path, methods] of Object.entries(described.paths)) {
    for (const { operationId } of Object.values(methods)) expect(html).toContain(`<details id="${operationId}">`);
    expect(html).toContain(path);
  }
  const link = /<link rel="stylesheet" href="([^"]+)">/.exec(html)![1]!;
  const style = await app.request(new URL(link, 'http://x/docs').pathname);
  expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
});
