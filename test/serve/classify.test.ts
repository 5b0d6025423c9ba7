import fc from 'fast-check';
import { openSession } from 'onward/engines';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ortCpu } from '#onward/runtime/engines/ort-cpu.node.js';
import { imagesOf, labels, modelOf } from '../runtime/engines/models.js';
import { jpegOf, pngOf, type TestApp, testApp, webpOf } from './helpers.js';

const model = modelOf();
let app: TestApp;
beforeAll(async () => {
  app = await testApp(model, { limits: { maxBodyBytes: 100_000, maxImages: 5 } });
});
afterAll(() => app.close());

const form = (name: string, value: Blob | string) => {
  const data = new FormData();
  data.append(name, value);
  return data;
};

describe('POST /classify answers', () => {
  test('exactly what the engine computes, in class order', async () => {
    const session = await openSession(ortCpu, model);
    const expected = await session.predict(imagesOf(3, 1), 1);
    await session.close();
    const { status, body } = await app.post(pngOf(3), 'image/png');
    expect(status).toBe(200);
    const index = expected.indexOf(Math.max(...expected));
    expect(body).toEqual({
      label: labels[index],
      index,
      probability: expected[index],
      probabilities: [...expected],
      labels,
      engine: 'ort-cpu',
      milliseconds: expect.any(Number),
    });
    expect(body.milliseconds).toBeGreaterThan(0);
  });

  test.each(['image/png', 'image/jpeg', 'application/octet-stream', 'application/x-www-form-urlencoded', undefined])(
    'the same for a PNG sent as %s: the content decides',
    async (type) => {
      const { status, body } = await app.post(pngOf(3), type);
      expect([status, body.probabilities]).toEqual([200, (await app.post(pngOf(3), 'image/png')).body.probabilities]);
    },
  );

  test('JPEG and WebP', async () => {
    expect((await app.post(await jpegOf(3), 'image/jpeg')).status).toBe(200);
    const webp = await app.post(await webpOf(3), 'image/webp');
    expect(webp.body.probabilities).toEqual((await app.post(pngOf(3), 'image/png')).body.probabilities);
  });

  test('the form file "image", whatever else is in the form', async () => {
    const data = form('image', new Blob([pngOf(3)], { type: 'image/png' }));
    data.append('note', 'x');
    const { status, body } = await app.post(data);
    expect([status, body.probabilities]).toEqual([200, (await app.post(pngOf(3), 'image/png')).body.probabilities]);
  });

  test('a form with several images with a list, in their order', async () => {
    const data = new FormData();
    for (const seed of [3, 4, 5]) data.append('image', new Blob([pngOf(seed)]));
    const { status, body } = await app.post(data);
    const alone = await Promise.all([3, 4, 5].map(async (seed) => (await app.post(pngOf(seed))).body.probabilities));
    expect(status).toBe(200);
    // Sums in batches of another size may round otherwise.
    for (const [i, answer] of (body as unknown as { probabilities: number[] }[]).entries()) {
      for (const [k, p] of answer.probabilities.entries()) expect(p).toBeCloseTo((alone[i] as number[])[k]!, 6);
    }
  });

  test('a form that waits fills the queue as its images do', async () => {
    const data = new FormData();
    for (const seed of [3, 4, 5]) data.append('image', new Blob([pngOf(seed)]));
    const request = new Response(data);
    const upload = {
      contentType: request.headers.get('content-type')!,
      bytes: new Uint8Array(await request.arrayBuffer()),
    };
    const answers = [app.model.classify(upload), app.model.classify(upload)];
    // The worker may have one already.
    expect(app.model.waiting).toBeOneOf([3, 6]);
    await Promise.all(answers);
  });

  test('?top= with the likeliest classes alone', async () => {
    const all = (await app.post(pngOf(3))).body.probabilities as number[];
    const sorted = all.map((probability, index) => ({ label: labels[index], index, probability }));
    sorted.sort((a, b) => b.probability - a.probability);
    const top = async (value: string) => {
      const response = await app.request(`/classify?top=${value}`, { method: 'POST', body: pngOf(3) });
      return { status: response.status, body: await response.json() };
    };
    expect(await top('2')).toEqual({
      status: 200,
      body: { ...sorted[0], top: sorted.slice(0, 2), engine: 'ort-cpu', milliseconds: expect.any(Number) },
    });
    expect((await top('99')).body.top).toEqual(sorted);
    for (const wrong of ['0', '-1', 'x', '1.5', '']) {
      expect(await top(wrong)).toEqual({ status: 400, body: { error: expect.stringMatching(/top=.*whole number/) } });
    }
  });
});

describe('POST /classify refuses, in one sentence,', () => {
  const cases: [string, () => Promise<[BodyInit, string?]>, number, RegExp][] = [
    ['text', async () => ['hello', 'text/plain'], 415, /expected an image.*got text\/plain/],
    ['JSON', async () => ['{}', 'application/json'], 415, /application\/json/],
    ['a GIF by its type', async () => ['GIF89a', 'image/gif'], 415, /image\/gif/],
    ['a GIF by its content', async () => ['GIF89a......', 'image/png'], 415, /a GIF image/],
    ['a PDF', async () => ['%PDF-1.7', 'application/octet-stream'], 415, /a PDF file/],
    ['nothing', async () => [new Uint8Array(0), 'image/png'], 400, /0 bytes/],
    ['half a PNG', async () => [pngOf(1).slice(0, 60), 'image/png'], 400, /PNG/],
    ['half a JPEG', async () => [(await jpegOf(1)).slice(0, 300), 'image/jpeg'], 400, /JPEG/],
    ['too many bytes', async () => [new Uint8Array(100_001), 'image/png'], 413, /at most 100000 bytes/],
    [
      'a form without the field',
      async () => [form('picture', new Blob(['x']))],
      400,
      /"image".*got the fields "picture"/,
    ],
    ['a form with text in it', async () => [form('image', 'x')], 400, /"image".*text/],
    ['a form with an empty file', async () => [form('image', new Blob([]))], 400, /0 bytes/],
    [
      'a form with too many images',
      async () => {
        const data = new FormData();
        for (let i = 0; i < 6; i++) data.append('image', new Blob([pngOf(i)]));
        return [data];
      },
      413,
      /at most 5 images.*got 6/,
    ],
    [
      'a form with an image that is none among others',
      async () => {
        const data = new FormData();
        data.append('image', new Blob([pngOf(1)]));
        data.append('image', new Blob([pngOf(1).slice(0, 60)]));
        return [data];
      },
      400,
      /^image 2 of 2: .*PNG/,
    ],
    ['a form that is none', async () => ['x', 'multipart/form-data; boundary=y'], 400, /cannot be read/],
    ['a form without a boundary', async () => ['x', 'multipart/form-data'], 400, /with one boundary/],
    [
      'a form with two boundaries',
      async () => ['--y--', 'multipart/form-data; boundary=x; boundary=y'],
      400,
      /with one boundary, got "multipart.*y"/,
    ],
    [
      'a form with one boundary in another',
      async () => ['--y--', 'multipart/form-data; x="; boundary=x"; boundary=y'],
      400,
      /with one boundary/,
    ],
  ];
  test.each(cases)('%s', async (_, make, status, message) => {
    const [body, type] = await make();
    const answer = await app.post(body, type);
    expect(answer).toEqual({ status, body: { error: expect.stringMatching(message) } });
    expect(answer.body.error).not.toMatch(/\n|at .*\.js/);
  });

  test('an image of more pixels than anybody needs, before decoding it', async () => {
    // 50,000 x 50,000 in the header of a small PNG.
    const png = pngOf(1).slice();
    new DataView(png.buffer).setUint32(16, 50_000);
    new DataView(png.buffer).setUint32(20, 50_000);
    const answer = await app.post(png, 'image/png');
    expect(answer.status).toBeOneOf([400, 413]);
  });

  test('an upload without a length as soon as it is too long', async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(10_000));
      },
    });
    const response = await app.request('/classify', {
      method: 'POST',
      body,
      headers: { 'content-type': 'image/png' },
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
    expect(pulled).toBeLessThan(20);
  });

  test('any garbage with a 4xx, and goes on', async () => {
    const head = fc.constantFrom(
      Uint8Array.of(),
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
      Uint8Array.of(0xff, 0xd8, 0xff, 0xe0),
      new TextEncoder().encode('RIFF....WEBPVP8 '),
      new TextEncoder().encode('--b\r\nContent-Disposition: form-data; name="image"; filename="x"\r\n\r\n'),
    );
    const type = fc.constantFrom('image/png', 'application/octet-stream', 'multipart/form-data; boundary=b', 'a/b', '');
    await fc.assert(
      fc.asyncProperty(head, fc.uint8Array({ maxLength: 400 }), type, async (first, rest, type) => {
        const { status, body } = await app.post(new Uint8Array([...first, ...rest]), type || undefined);
        expect([400, 413, 415]).toContain(status);
        expect(Object.keys(body)).toEqual(['error']);
      }),
      { numRuns: 150 },
    );
    expect((await app.post(pngOf(3), 'image/png')).status).toBe(200);
    expect(app.log).toEqual([]);
  });

  test('any PNG with a flipped byte by a 4xx, or classifies it', async () => {
    const png = pngOf(5);
    await fc.assert(
      fc.asyncProperty(fc.nat(png.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bent = new Uint8Array(png);
        bent[at]! ^= change;
        const { status } = await app.post(bent, 'image/png');
        expect([200, 400, 413, 415]).toContain(status);
      }),
      { numRuns: 150 },
    );
    expect(app.log).toEqual([]);
  });
});

describe('other addresses and methods', () => {
  test('GET /health says what runs', async () => {
    const response = await app.request('/health');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'ok',
      model: model.digest,
      labels: 4,
      models: [{ name: 'model', version: '1', state: 'READY' }],
      engine: 'ort-cpu',
      version: expect.stringMatching(/^\d/),
      device: expect.stringMatching(/CPU/),
      uptime: expect.any(Number),
    });
  });

  test.each([
    ['GET', '/classify', 405, 'POST'],
    ['DELETE', '/classify', 405, 'POST'],
    ['POST', '/health', 405, 'GET, HEAD'],
  ])('%s %s is a 405 that says what is allowed', async (method, path, status, allow) => {
    const response = await app.request(path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([status, allow]);
    expect(await response.json()).toEqual({ error: expect.stringContaining(path) });
  });

  test.each(['/nothing', '/classify/x/y', '/../package.json', '/assets/%2e%2e/sw.js', '/%00'])(
    '%s is a 404 in JSON',
    async (path) => {
      const response = await app.request(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({ error: expect.any(String) });
    },
  );

  test('every answer carries the headers of isolation, errors too', async () => {
    for (const path of ['/health', '/nothing']) {
      const { headers } = await app.request(path);
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("script-src 'self' 'wasm-unsafe-eval'");
    }
  });
});
