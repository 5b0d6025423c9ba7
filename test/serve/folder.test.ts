import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sealModel } from 'onward/model';
import { serve } from 'onward/serve';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createRepository } from '#onward/serve/repository/create.js';
import type { Found } from '#onward/serve/repository/found.js';
import { graphOf, imagesOf, labels, preprocessing, weightsOf } from '../runtime/engines/models.js';
import { elsewhere } from '../runtime/model/described.js';
import { folderOf, model, serverOf } from './folder.js';
import { pngOf } from './helpers.js';
import { eventually, until } from './until.js';

const tensor = (seed: number) =>
  JSON.stringify({
    inputs: [{ name: 'image', datatype: 'UINT8', shape: [1, 8, 8, 3], data: Array.from(imagesOf(seed, 1)) }],
  });

describe('a folder of models', () => {
  test('is served by names and versions, the newest where none is said', async () => {
    const { root } = await folderOf({ 'animals/2/model.onnx': 2, 'animals/10/model.onnx': 3, 'plain.onnx': 4 });
    const { who, get, post, index, metric } = await serverOf(root, { reload: 'off' });
    expect(await who('classify/animals')).toBe('animals/10');
    expect(await who('classify/animals/versions/2')).toBe('animals/2');
    expect(await who('classify/plain')).toBe('plain/1');
    expect(await (await post('v2/models/animals/infer', tensor(1))).json()).toMatchObject({
      model_name: 'animals',
      model_version: '10',
    });
    expect(await (await post('v2/models/animals/versions/2/infer', tensor(1))).json()).toMatchObject({
      model_version: '2',
    });
    const metadata = await (await get('v2/models/animals')).json();
    expect([metadata.versions, metadata.parameters.digest]).toEqual([['2', '10'], model(3).digest]);
    expect((await get('v2/models/animals/versions/2/ready')).status).toBe(200);
    expect((await get('v2/health/ready')).status).toBe(200);
    expect((await index()).map(({ name, version, state }) => `${name}/${version} ${state}`)).toEqual([
      'animals/2 READY',
      'animals/10 READY',
      'plain/1 READY',
    ]);
    const health = await (await get('health')).json();
    expect([health.model, health.models.length]).toEqual([null, 3]);
    expect(await metric('onward_requests_total{model="animals",version="2",protocol="classify",result="ok"}')).toBe(1);
    // Their answers are their own.
    const [two, three] = await Promise.all(
      ['2', '10'].map(async (version) => (await post(`classify/animals/versions/${version}`, pngOf(5))).json()),
    );
    expect(two.probabilities).not.toEqual(three.probabilities);
  });

  test('what is not there is a 404 in a sentence', async () => {
    const { root } = await folderOf({ 'a.onnx': 1, 'b.onnx': 1 });
    const { post } = await serverOf(root, { reload: 'off' });
    const cases: [string, RegExp][] = [
      ['classify', /expected the name of a model.* a, b$/],
      ['classify/c', /no model "c".*a, b$/],
      ['classify/a/versions/7', /a has no version "7".*expected 1$/],
      ['classify/..%2Fa', /no model "\.\.\/a"/],
      ['classify/%2e%2e', /nothing at/],
      ['v2/models/..%2f..%2fetc%2fpasswd/infer', /no model "\.\.\/\.\.\/etc\/passwd"/],
      ['v2/models/a/versions/..%2F1/infer', /no version "\.\.\/1"/],
      ['v2/models/%00/infer', /no model/],
      ['v2/models/__proto__/infer', /no model/],
      ['v2/models/a/versions/constructor/infer', /no version/],
    ];
    for (const [address, sentence] of cases) {
      const response = await post(address, pngOf(1));
      expect([address, response.status, await response.json()]).toEqual([
        address,
        404,
        { error: expect.stringMatching(sentence) },
      ]);
    }
  });

  test('a name that is a path reaches no file, however it is written', async () => {
    const { root } = await folderOf({ 'in/a/1/model.onnx': 1, 'secret/1/model.onnx': 2 });
    const { server } = await serverOf(join(root, 'in'), { modelControl: true });
    for (const name of ['../secret', '..%2fsecret', '%2e%2e%2fsecret', 'a/../../secret', '..%5csecret', '%252e%252e']) {
      for (const path of [`/v2/repository/models/${name}/load`, `/v2/models/${name}/infer`, `/classify/${name}`]) {
        // As it stands: fetch would take the dots out.
        const status = await new Promise((resolve, reject) => {
          request({ port: server.port, path, method: 'POST' }, (response) => resolve(response.resume().statusCode))
            .on('error', reject)
            .end();
        });
        expect([path, status]).toEqual([path, 404]);
      }
    }
  });

  test('links that lead out are refused, those inside are followed', async () => {
    const { path } = await folderOf({
      'in/a/1/model.onnx': 1,
      'in/plain.onnx': elsewhere(),
      'in/other.onnx': elsewhere(),
      'in/other.classifier.json': '{"labels": "../notes.json"}',
      'secret/1/model.onnx': 2,
      'notes.json': 'secret one\nsecret two\nthree\nfour',
    });
    await symlink(path('secret'), path('in/b'));
    await symlink(path('secret/1/model.onnx'), path('in/c.onnx'));
    await mkdir(path('in/d'));
    await symlink(path('secret/1'), path('in/d/1'));
    await symlink(path('in/a/1/model.onnx'), path('in/e.onnx'));
    await symlink(path('notes.json'), path('in/plain.classifier.json'));
    const { who, index, log } = await serverOf(path('in'));
    expect(await who('classify/e')).toBe('e/1');
    for (const name of ['b', 'c', 'd', 'plain']) expect(await who(`classify/${name}`)).toBe(404);
    const refused = (await index()).filter(({ state }) => state !== 'READY');
    expect(refused.map(({ name, reason }) => [name, reason.includes('leads out')])).toEqual([
      ['b', true],
      ['c', true],
      ['d', true],
      ['other', false],
      ['plain', true],
    ]);
    expect(await who('classify/other')).toBe(503);
    expect(refused[3]!.reason).toMatch(/"labels" to name a file in its own folder/);
    expect(log.filter(({ message }) => message.includes('leads out'))).toHaveLength(4);
    expect(JSON.stringify([refused, log])).not.toContain('secret one');
  });

  test('what cannot be served does not stop the others, and says why', async () => {
    const { root } = await folderOf({
      'good/1/model.onnx': 1,
      'good/2/model.onnx': model(2).bytes.slice(0, 500),
      'bad.onnx': 'junk',
      'no name/1/model.onnx': 1,
      'notes.txt': 'hello',
    });
    const { who, index, get, log } = await serverOf(root);
    expect(await who('classify/good')).toBe('good/1');
    expect(await who('classify/good/versions/2')).toBe(503);
    expect(await who('classify/bad')).toBe(503);
    expect((await get('v2/health/ready')).status).toBe(200);
    const states = (await index()).map(({ name, version, state, reason }) => [`${name}/${version}`, state, reason]);
    expect(states).toEqual([
      ['bad/1', 'UNAVAILABLE', expect.stringContaining('ONNX')],
      ['good/1', 'READY', ''],
      ['good/2', 'UNAVAILABLE', expect.stringContaining('truncated')],
      ['no name/1', 'UNAVAILABLE', expect.stringContaining('"no name"')],
    ]);
    expect(log.filter(({ level }) => level === 'warn')).toHaveLength(3);
  });

  test('that has none is refused in a sentence', async () => {
    const root = await mkdtemp(join(tmpdir(), 'onward-test-'));
    onTestFinished(() => rm(root, { recursive: true }));
    await expect(serve({ model: root, port: 0 })).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringMatching(/<name>\/<version>\/model.onnx/),
    });
    await writeFile(join(root, 'bad.onnx'), 'junk');
    await expect(serve({ model: root, port: 0 })).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringContaining('bad.onnx'),
    });
    await expect(serve({ model: root, port: 0, name: 'x' })).rejects.toMatchObject({ kind: 'usage' });
  });

  test('health is a 503 where none of several models can answer', async () => {
    const { root } = await folderOf({ 'a.onnx': 1, 'b.onnx': 2 });
    const { post, get } = await serverOf(root, { modelControl: true });
    await post('v2/repository/models/a/unload');
    expect((await get('health')).status).toBe(200);
    await post('v2/repository/models/b/unload');
    const health = await get('health');
    expect([health.status, (await health.json()).error]).toEqual([503, expect.stringContaining('no model can answer')]);
  });

  test('requests load and unload what is in it', async () => {
    const { root, put } = await folderOf({ 'a/1/model.onnx': 1, 'b/1/model.onnx': 1 });
    const { post, who, index } = await serverOf(root, { reload: 'off', modelControl: true });
    await put('a/2/model.onnx', 2);
    await put('c/1/model.onnx', 3);
    expect(await who('classify/a')).toBe('a/1');
    expect((await post('v2/repository/models/a/load')).status).toBe(200);
    expect((await post('v2/repository/models/c/load')).status).toBe(200);
    expect([await who('classify/a'), await who('classify/c')]).toEqual(['a/2', 'c/1']);
    expect((await post('v2/repository/models/a/unload')).status).toBe(200);
    expect([await who('classify/a'), await who('classify/a/versions/1'), await who('classify/b')]).toEqual([
      503,
      503,
      'b/1',
    ]);
    expect((await index())[0]).toEqual({ name: 'a', version: '1', state: 'UNAVAILABLE', reason: 'unloaded' });
    expect((await post('v2/repository/models/a/load')).status).toBe(200);
    expect(await who('classify/a/versions/1')).toBe('a/1');
    await put('a/2/model.onnx', 'junk');
    expect((await post('v2/repository/models/a/load')).status).toBe(400);
    expect(await who('classify/a')).toBe('a/2');
    expect((await post('v2/repository/models/nobody/load')).status).toBe(404);
  });
});

describe('what changes on the disk', () => {
  test('takes over when its golden samples agree, and is shown on the page', async () => {
    const { root, put } = await folderOf({ 'a/1/model.onnx': 1 });
    const { who, get, index, metric, log } = await serverOf(root);
    const shown = async () => [
      (await (await get('health')).json()).model,
      (await get('model.onnx')).headers.get('etag'),
      (await (await get('sw.js')).text()).includes(model(2).digest!),
    ];
    expect(await shown()).toEqual([model(1).digest, `"${model(1).digest}"`, false]);
    await put('a/2/model.onnx', 2);
    await eventually(async () => (await who()) === 'a/2');
    expect(await shown()).toEqual([model(2).digest, `"${model(2).digest}"`, true]);
    // In its place, too.
    await put('a/2/model.onnx', 3);
    await eventually(async () => (await (await get('health')).json()).model === model(3).digest);
    expect(await who('classify/a/versions/1')).toBe('a/1');
    expect(await metric('onward_model_loads_total{model="a",version="2",result="loaded"}')).toBe(2);
    expect((await index()).map(({ state, reason }) => [state, reason])).toEqual([
      ['READY', ''],
      ['READY', ''],
    ]);
    expect(log.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test('takes no traffic where it is damaged or predicts otherwise; the old one answers on', async () => {
    const { root, write, put } = await folderOf({ 'a/1/model.onnx': 1 });
    const { who, index, metric, log } = await serverOf(root);
    const { modelOf } = await import('../runtime/engines/models.js');
    const bent = modelOf(2, (golden) => {
      golden.probabilities[0]! += 0.01;
    });
    await put('a/2/model.onnx', bent.bytes);
    await write('a/1/model.onnx', model(3).bytes.slice(0, 700));
    const refused = (version: string) =>
      metric(`onward_model_loads_total{model="a",version="${version}",result="refused"}`);
    await eventually(async () => (await refused('1')) > 0 && (await refused('2')) > 0);
    expect(await who()).toBe('a/1');
    expect((await index()).map(({ state, reason }) => [state, reason])).toEqual([
      ['READY', expect.stringMatching(/has changed and is not served.*truncated/)],
      ['UNAVAILABLE', expect.stringContaining('golden')],
    ]);
    const messages = log.filter(({ level }) => level === 'warn').map(({ message }) => message);
    expect(messages.some((message) => /^a\/1 is not served: .*the one before it answers on$/.test(message))).toBe(true);
    // It is not tried again and again.
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect([await refused('1'), await refused('2')]).toEqual([1, 1]);
    await put('a/1/model.onnx', 3);
    await put('a/2/model.onnx', 2);
    await eventually(async () => (await who()) === 'a/2');
    expect((await index()).map(({ state }) => state)).toEqual(['READY', 'READY']);
  });

  test('is left alone while it is being written', async () => {
    const { root, write } = await folderOf({ 'a/1/model.onnx': 1 });
    const { who, log } = await serverOf(root);
    const { bytes } = model(2);
    for (let end = 400; end < bytes.length; end += 400) {
      await write('a/2/model.onnx', bytes.slice(0, end));
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await who()).toBe('a/1');
    }
    await write('a/2/model.onnx', bytes);
    await eventually(async () => (await who()) === 'a/2');
    expect(log.at(-1)!.message).toContain('a/2 answers now');
  });

  test('what is removed is closed once it has answered, and an older one answers', async () => {
    const { root, remove, put } = await folderOf({ 'a/1/model.onnx': 1, 'a/2/model.onnx': 2, 'b.onnx': 3 });
    const { who, index, metric } = await serverOf(root);
    expect(await who('classify/a')).toBe('a/2');
    await remove('a/2');
    await eventually(async () => (await who('classify/a')) === 'a/1');
    expect(await who('classify/a/versions/2')).toBe(404);
    await eventually(async () => (await metric('onward_model_open{model="a",version="2"}')) === 0);
    await remove('a');
    await eventually(async () => (await who('classify/a')) === 404);
    expect((await index()).map(({ name }) => name)).toEqual(['b']);
    await put('a/5/model.onnx', 2);
    await eventually(async () => (await who('classify/a')) === 'a/5');
  });

  test('a file alone is watched as well, and what was loaded answers when it is gone', async () => {
    const { path, put, remove } = await folderOf({ 'a.onnx': 1 });
    const { who, get, log } = await serverOf(path('a.onnx'));
    await put('a.onnx', 2);
    await eventually(async () => (await (await get('health')).json()).model === model(2).digest);
    await remove('a.onnx');
    await eventually(() => log.some(({ message }) => message.includes('cannot be read')));
    expect(await who()).toBe('a/1');
    await put('a.onnx', 3);
    await eventually(async () => (await (await get('health')).json()).model === model(3).digest);
  });

  test('the folder itself may come and go', async () => {
    const { root, put, path, remove } = await folderOf({ 'in/a.onnx': 1 });
    const { who, log } = await serverOf(path('in'));
    await remove('in');
    await eventually(() => log.some(({ message }) => message.includes('cannot be looked at')));
    expect(await who()).toBe('a/1');
    await put('in/a.onnx', 1);
    await put('in/b.onnx', 1);
    await eventually(async () => (await who('classify/b')) === 'b/1');
    expect(root).toBeTruthy();
  });
});

test('what /metrics says of a version goes with it', async () => {
  const confidence = [0, 0, 0, 0, 0, 50, 0, 0, 0, 50];
  const provenance = { preprocessing, predictions: { images: 100, classes: [25, 25, 25, 25], confidence } };
  const sealed = sealModel(
    graphOf(weightsOf(1)),
    { labels, input: model(1).input, provenance, golden: undefined },
    '0.1.0',
  );
  const { root, remove, put } = await folderOf({ 'a.onnx': sealed, 'b.onnx': 1 });
  const { get, post } = await serverOf(root, { reload: 'off', modelControl: true });
  const rows = { name: 'image', datatype: 'UINT8', shape: [120, 8, 8, 3], data: Array.from(imagesOf(1, 120)) };
  const body = JSON.stringify({ inputs: [rows] });
  const of = async (name: string) =>
    [...(await (await get('metrics')).text()).matchAll(/^onward_(drift|queue_depth|model_open)\{model="(\w)"/gm)]
      .filter(([, , model]) => model === name)
      .map(([, metric]) => metric);
  const all = ['drift', 'drift', 'model_open', 'queue_depth'];
  const infer = async () => expect((await post('v2/models/a/infer', body)).status).toBe(200);
  const load = async () => (await post('v2/repository/models/a/load')).status;
  await infer();
  expect([(await of('a')).toSorted(), (await of('b')).toSorted()]).toEqual([all, ['model_open', 'queue_depth']]);
  await remove('a.onnx');
  expect(await load()).toBe(404);
  await eventually(async () => (await of('a')).length === 0);
  expect((await of('b')).length).toBe(2);
  await put('a.onnx', sealed);
  expect(await load()).toBe(200);
  await infer();
  expect((await of('a')).toSorted()).toEqual(all);
});

test('who closes the server waits for the model that is being opened, and for no other', async () => {
  const found = (name: string): Found => ({
    ...{ name, version: '1', file: name, fingerprint: '1' },
    read: async () => ({ file: name, bytes: new Uint8Array(1), classifier: undefined, notes: [] }),
  });
  let names = ['a'];
  const opened: string[] = [];
  let go = () => {};
  const wait = new Promise<void>((resolve) => {
    go = resolve;
  });
  const repository = await createRepository({
    ...{ where: 'models', reload: 'auto', interval: 10, estimate: (bytes) => bytes, log() {} },
    ...{ patience: 1000, mostWaiting: 8 },
    scan: async () => ({ found: names.map(found), refused: [], folders: [] }),
    async open(_, { name }) {
      opened.push(name);
      if (name !== 'a') await wait;
      return { ready: true, running: { workers: 1 }, close: async () => {} } as never;
    },
  });
  names = ['a', 'b', 'c', 'd'];
  await until(() => opened.length === 2);
  const closing = repository.close();
  go();
  await closing;
  expect(opened).toEqual(['a', 'b']);
});
