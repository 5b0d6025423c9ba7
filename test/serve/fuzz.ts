import fc from 'fast-check';
import { expect } from 'vitest';
import { imagesOf } from '../runtime/engines/models.js';
import { pngOf } from './helpers.js';

export interface FuzzedRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

export type Send = (request: FuzzedRequest) => Promise<{ readonly status: number; readonly text: string }>;

const paths = [
  '/classify',
  '/classify?top=2',
  '/v2/models/model/infer',
  '/v2/models/model/versions/1/infer',
  '/v2/repository/index',
  '/v2/repository/models/model/load',
];

const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** A request that is right, with one thing in it replaced by anything. */
const nearlyInfer = () => {
  const input = { name: 'image', datatype: 'UINT8', shape: [1, 8, 8, 3], data: Array.from(imagesOf(3, 1)) };
  const good = { id: 'x', parameters: {}, inputs: [input], outputs: [{ name: 'embedding', parameters: {} }] };
  const places = ['id', 'parameters', 'inputs', 'outputs'] as const;
  const inner = ['name', 'datatype', 'shape', 'data', 'parameters'] as const;
  const anything = fc.jsonValue({ maxDepth: 4 });
  const wild = fc.oneof(
    anything,
    fc.constantFrom(-1, 0, 1e300, 2 ** 53, '', '__proto__', 'FP32', 'BYTES', [], [[]], [1e9, 8, 8, 3], [1, 8, 8, -3]),
    fc.dictionary(fc.constantFrom('binary_data_size', 'classification', 'binary_data', 'x'), anything),
  );
  return fc.oneof(
    fc.record({ place: fc.constantFrom(...places), wild }).map(({ place, wild }) => text({ ...good, [place]: wild })),
    fc
      .record({ place: fc.constantFrom(...inner), wild })
      .map(({ place, wild }) => text({ ...good, inputs: [{ ...input, [place]: wild }] })),
    fc.record({ at: fc.nat(), wild: fc.constantFrom(...'[]{}",:\\0-e.'.split('')) }).map(({ at, wild }) => {
      const bytes = text(good);
      bytes[at % bytes.length] = wild.charCodeAt(0);
      return bytes;
    }),
  );
};

const bodies = () =>
  fc.oneof(
    nearlyInfer(),
    fc.uint8Array({ maxLength: 600 }),
    fc.jsonValue().map(text),
    fc.record({ at: fc.nat(), change: fc.nat(255), cut: fc.nat() }).map(({ at, change, cut }) => {
      const png = pngOf(5).slice();
      png[at % png.length]! ^= change;
      return cut % 3 === 0 ? png.slice(0, cut % png.length) : png;
    }),
  );

const headers = () =>
  fc.record(
    {
      'content-type': fc.constantFrom(
        ...['application/json', 'application/octet-stream', 'image/png', 'text/html', 'a', ';', 'multipart/form-data'],
        'multipart/form-data; boundary=b',
      ),
      'inference-header-content-length': fc.oneof(fc.nat(700).map(String), fc.constantFrom('-1', 'x', '1e9', ' 5')),
      'content-encoding': fc.constantFrom('gzip', 'deflate', 'br', 'identity', '__proto__'),
      'x-request-id': fc.constantFrom('a', 'a b', '"', '{}'),
      'x-api-key': fc.constantFrom('a', 'b'),
    },
    { requiredKeys: [] },
  );

const requests = () =>
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc.record({
        path: fc.constantFrom(...paths),
        method: fc.constant('POST'),
        headers: headers(),
        body: bodies(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc
        .record({ path: fc.webPath(), method: fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'OPTIONS') })
        .map(({ path, method }) => ({ path: path || '/', method, headers: {}, body: undefined })),
    },
  );

/** Whatever is sent: 2xx, or a 4xx with one sentence. */
export async function withstands(send: Send, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(requests(), async (request) => {
      const { status, text } = await send(request as FuzzedRequest);
      expect(status).toBeLessThan(500);
      expect(status).toBeGreaterThanOrEqual(200);
      if (status < 400 || request.method === 'HEAD') return;
      const said = JSON.parse(text);
      expect(Object.keys(said)).toEqual(['error']);
      expect(said.error).not.toMatch(/\n|at .*\.js:/);
      expect(said.error.length).toBeLessThan(600);
    }),
    { numRuns },
  );
}
