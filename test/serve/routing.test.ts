import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRouter } from '#onward/serve/repository/router.js';
import { createShelf } from '#onward/serve/repository/shelf.js';
import type { Version } from '#onward/serve/repository/version.js';
import { labels } from '../runtime/engines/models.js';
import { coloured, colouredPng, folderOf, model, serverOf } from './folder.js';
import { eventually, until } from './until.js';

const three = { 'a/1/model.onnx': 1, 'a/2/model.onnx': 2, 'a/3/model.onnx': 3 };

const settings = (value: unknown) => JSON.stringify(value);

/** So many requests, and how many of them each version answered. */
async function counted(ask: (i: number) => Promise<string | number>, count: number) {
  const answers = new Map<string | number, number>();
  for (let from = 0; from < count; from += 20) {
    const some = await Promise.all(Array.from({ length: Math.min(20, count - from) }, (_, i) => ask(from + i)));
    for (const one of some) answers.set(one, (answers.get(one) ?? 0) + 1);
  }
  return answers;
}

describe('where requests go', () => {
  /** A version that counts how often somebody looks at its number. */
  const versionOf = (version: string, looked: { times: number }, able = true) =>
    ({
      ...{ name: 'a', able, unloaded: false },
      get version() {
        looked.times++;
        return version;
      },
    }) as Version;

  test('the newest is found, whatever comes and goes', () => {
    const changes = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 120 })), { maxLength: 30 });
    fc.assert(
      fc.property(changes, (all) => {
        const shelf = createShelf();
        const router = createRouter(shelf);
        const there = new Set<number>();
        for (const [comes, number] of all) {
          const version = versionOf(String(number), { times: 0 });
          if (comes) shelf.add(version);
          else shelf.remove(version);
          there[comes ? 'add' : 'delete'](number);
        }
        const sorted = [...there].sort((a, b) => a - b).map(String);
        expect(router.versionsOf('a').map(({ version }) => version)).toEqual(sorted);
        expect([shelf.only, shelf.size]).toEqual(sorted.length > 0 ? ['a', 1] : [undefined, 0]);
        if (sorted.length > 0) expect(router.direct({})?.version).toBe(sorted.at(-1));
        else expect(() => router.check({})).toThrow(/no models/);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  test('a request compares no versions, however many there are', () => {
    const looked = { times: 0 };
    const shelf = createShelf();
    const router = createRouter(shelf);
    for (let i = 1; i <= 20; i++) shelf.add(versionOf(String(i), looked, i < 20));
    looked.times = 0;
    router.check({ name: 'a' });
    const found = [router.direct({}), router.direct({ name: 'a' }), router.direct({ name: 'a', version: '7' })];
    expect(looked.times).toBe(0);
    expect(found.map((one) => one!.version)).toEqual(['19', '19', '7']);
  });
});

describe('models.json', () => {
  test('names: an alias, the default, and which versions there are', async () => {
    const { root, put } = await folderOf({
      ...three,
      'b.onnx': 4,
      'models.json': settings({
        default: 'stable',
        routes: { stable: 'a/2', latest: 'a', b: { to: 'a/3' } },
        versions: { a: ['2', '3'] },
      }),
    });
    const { who, get, log } = await serverOf(root);
    const asked = () => Promise.all([who(), who('classify/stable'), who('classify/latest'), who('classify/b')]);
    expect(await asked()).toEqual(['a/2', 'a/2', 'a/3', 'a/3']);
    // By its version a model is asked for itself.
    expect(await who('classify/b/versions/1')).toBe('b/1');
    expect([await who('classify/a/versions/1'), await who('classify/stable/versions/2')]).toEqual([404, 404]);
    expect((await (await get('health')).json()).model).toBe(model(2).digest);
    expect(await (await get('v2/models/stable')).json()).toMatchObject({ name: 'a', versions: ['2', '3'] });
    // It is read again as well; and what cannot be read changes nothing.
    await put('models.json', settings({ default: 'stable', routes: { stable: 'a/1' } }));
    await eventually(async () => (await who()) === 'a/1');
    await put('models.json', settings({ default: 'stable', routes: { stable: { split: { 'a/1': 60, 'a/2': 30 } } } }));
    await eventually(() => log.some(({ message }) => message.includes('sum to 100, got 90')));
    expect(await who()).toBe('a/1');
  });

  test.each<[unknown, RegExp]>([
    ['{', /expected JSON/],
    [{ routs: {} }, /Unrecognized key: "routs"/],
    [{ default: 'a/b/c' }, /default: expected a model, a version/],
    [{ routes: { x: 5 } }, /routes\.x: expected object, got number/],
    [{ routes: { x: {} } }, /routes\.x: expected one of "to" and "split"/],
    [{ routes: { x: { to: 'a', split: { a: 100 } } } }, /routes\.x: expected one of "to" and "split"/],
    [{ routes: { x: '../a' } }, /routes\.x\.to: expected a model \("digits"\).*"\.\.\/a"/],
    [{ routes: { '../x': 'a' } }, /routes/],
    [{ routes: { x: { split: { 'a/1': 90, 'a/2': 20 } } } }, /routes\.x: split: .*sum to 100, got 110/],
    [{ routes: { x: { split: { 'a/1': 100, 'a/0': 0 } } } }, /routes\.x\.split\.a\/0: expected more than 0/],
    [{ routes: { x: { split: { 'a/first': 100 } } } }, /routes\.x: split: expected models.*"a\/first"/],
    [{ routes: { x: { to: 'a', shadow: { to: 'a/2', percent: 101 } } } }, /shadow\.percent: expected at most 100/],
    [{ routes: { x: { to: 'a', sticky: 'not a header' } } }, /sticky: expected true, false or the name of a header/],
    [{ routes: { x: { to: 'a', seed: 1.5 } } }, /seed: expected int/],
    [{ versions: { a: 'old' } }, /versions\.a: expected "all", "newest" or a list/],
    [{ versions: { a: [] } }, /versions\.a: expected "all", "newest" or a list/],
  ])('%j is refused in one sentence', async (value, sentence) => {
    const { root } = await folderOf({
      'a.onnx': 1,
      'models.json': typeof value === 'string' ? value : settings(value),
    });
    await expect(serverOf(root)).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringMatching(new RegExp(`models\\.json: .*${sentence.source}`)),
    });
  });

  test('what it names and is not there is said', async () => {
    const { root } = await folderOf({ 'a.onnx': 1, 'models.json': settings({ routes: { x: 'b/2' } }) });
    const { who, log } = await serverOf(root);
    expect([await who('classify/x'), await who('classify/a')]).toEqual([503, 'a/1']);
    expect(log.map(({ message }) => message)).toEqual([expect.stringContaining('names b/2, which is not there')]);
  });
});

describe('a split', () => {
  const split = { 'a/1': 70, 'a/2': 20, 'a/3': 10 };

  test('gives each version its share of the requests', async () => {
    const { root } = await folderOf({ ...three, 'models.json': settings({ routes: { a: { split, seed: 3 } } }) });
    const { who, metric } = await serverOf(root);
    const count = 600;
    const answers = await counted((i) => who('classify/a', {}, i), count);
    expect([...answers.keys()].sort()).toEqual(['a/1', 'a/2', 'a/3']);
    for (const [name, percent] of Object.entries(split)) {
      const p = percent / 100;
      // Four standard deviations of a binomial distribution; the seed makes it the same every time.
      expect(Math.abs(answers.get(name)! - count * p)).toBeLessThan(4 * Math.sqrt(count * p * (1 - p)));
      const [, version] = name.split('/');
      expect(
        await metric(`onward_requests_total{model="a",version="${version}",protocol="classify",result="ok"}`),
      ).toBe(answers.get(name));
    }
  });

  test('draws the same for the same seed', async () => {
    const order = async (seed: number) => {
      const { root } = await folderOf({ ...three, 'models.json': settings({ routes: { a: { split, seed } } }) });
      const { who } = await serverOf(root);
      const all: (string | number)[] = [];
      for (let i = 0; i < 40; i++) all.push(await who('classify/a'));
      return all;
    };
    const [first, again, other] = [await order(1), await order(1), await order(2)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  test('that is sticky gives who asks the same version, also after its share grew', async () => {
    const routeOf = (of: object) => settings({ routes: { a: { split: of, sticky: 'X-User' } } });
    const { root, put } = await folderOf({ ...three, 'models.json': routeOf({ 'a/1': 70, 'a/2': 30 }) });
    const { who, log } = await serverOf(root);
    const ask = (user: number) => who('classify/a', { 'x-user': `user-${user}` });
    const of = async () => Promise.all(Array.from({ length: 120 }, (_, user) => ask(user)));
    const before = await of();
    expect(await of()).toEqual(before);
    const canary = before.filter((name) => name === 'a/2').length;
    expect(Math.abs(canary - 36)).toBeLessThan(4 * Math.sqrt(120 * 0.3 * 0.7));
    await put('models.json', routeOf({ 'a/1': 40, 'a/2': 60 }));
    await eventually(() => log.some(({ message }) => message.includes('was read again')));
    const after = await of();
    expect(before.every((name, user) => name === 'a/1' || after[user] === 'a/2')).toBe(true);
    expect(after.filter((name) => name === 'a/2').length).toBeGreaterThan(canary);
  });

  test('gives the share of a version that cannot be served to the others', async () => {
    const { root, put } = await folderOf({
      'a/1/model.onnx': 1,
      'a/2/model.onnx': 'junk',
      'models.json': settings({ routes: { a: { split: { 'a/1': 10, 'a/2': 90 } } } }),
    });
    const { who } = await serverOf(root);
    expect([...(await counted(() => who('classify/a'), 40)).keys()]).toEqual(['a/1']);
    await put('a/2/model.onnx', 2);
    await eventually(async () => (await who('classify/a')) === 'a/2');
  });
});

describe('a shadow', () => {
  test('is asked beside, never answers, and its disagreement is counted', async () => {
    const { root } = await folderOf({
      ...three,
      'models.json': settings({
        routes: { a: { to: 'a/1', shadow: 'a/2' }, same: { to: 'a/1', shadow: { to: 'a/1' } } },
      }),
    });
    const { who, post, metric } = await serverOf(root);
    const count = 40;
    const best = async (version: number, image: number) =>
      (await (await post(`classify/a/versions/${version}`, colouredPng(image))).json()).label as string;
    let disagreed = 0;
    for (let i = 0; i < count; i++) {
      if ((await best(1, i)) !== (await best(2, i))) disagreed++;
      expect(await who('classify/a', {}, i)).toBe('a/1');
    }
    const form = new FormData();
    for (let i = 0; i < 3; i++) form.append('image', new Blob([colouredPng(i)]));
    expect((await post('classify/a', form)).status).toBe(200);
    const again = (await Promise.all([0, 1, 2].map(async (i) => (await best(1, i)) !== (await best(2, i))))).filter(
      Boolean,
    );
    const total = (result: string) => metric(`onward_shadow_total{route="a",result="${result}"}`);
    await eventually(async () => (await total('agreed')) + (await total('disagreed')) === count + 3);
    expect(await total('disagreed')).toBe(disagreed + again.length);
    expect(disagreed).toBeGreaterThan(0);
    expect(disagreed).toBeLessThan(count);
    expect(await metric('onward_shadow_disagreement_ratio{route="a"}')).toBeCloseTo(
      (disagreed + again.length) / (count + 3),
      10,
    );
    // It answers no request of its own.
    expect(await metric('onward_requests_total{model="a",version="2",protocol="classify",result="ok"}')).toBe(
      count + 3,
    );
  });

  test('sees tensors as well, and only its share', async () => {
    const { root } = await folderOf({
      ...three,
      'models.json': settings({
        routes: { a: { to: 'a/1', shadow: 'a/3' }, half: { to: 'a/1', shadow: { to: 'a/3', percent: 50 } } },
      }),
    });
    const { post, metric } = await serverOf(root);
    const infer = async (address: string, seed: number) => {
      const input = { name: 'image', datatype: 'UINT8', shape: [2, 8, 8, 3], data: Array.from(coloured(2 * seed, 2)) };
      const body = JSON.stringify({ inputs: [input], outputs: [{ name: 'probabilities' }] });
      const { data } = (await (await post(`v2/models/${address}/infer`, body)).json()).outputs[0] as { data: number[] };
      const rows = [data.slice(0, labels.length), data.slice(labels.length)];
      return rows.map((row) => row.indexOf(Math.max(...row)));
    };
    const count = 60;
    let same = 0;
    for (let seed = 0; seed < count; seed++) {
      const [ours, theirs] = [await infer('a', seed), await infer('a/versions/3', seed)];
      same += ours.filter((best, row) => best === theirs[row]).length;
      await infer('half', seed);
    }
    const total = (route: string, result: string) => metric(`onward_shadow_total{route="${route}",result="${result}"}`);
    const both = async (route: string) => (await total(route, 'agreed')) + (await total(route, 'disagreed'));
    await eventually(async () => (await both('a')) === 2 * count);
    expect(await total('a', 'agreed')).toBe(same);
    expect(same).toBeGreaterThan(0);
    expect(same).toBeLessThan(2 * count);
    let before = -1;
    const settled = async () => {
      const last = before;
      before = await both('half');
      return before === last;
    };
    await until(settled, 200);
    expect(Math.abs(before / 2 - count / 2)).toBeLessThan(4 * Math.sqrt(count / 4));
  });

  test('that fails or is not there harms nobody', async () => {
    const { root, put } = await folderOf({
      'a/1/model.onnx': 1,
      'models.json': settings({ routes: { a: { to: 'a/1', shadow: 'a/9' } } }),
    });
    const { who, metric } = await serverOf(root);
    expect(await who('classify/a')).toBe('a/1');
    await put('a/9/model.onnx', 'junk');
    await eventually(
      async () => (await metric('onward_model_loads_total{model="a",version="9",result="refused"}')) > 0,
    );
    expect(await who('classify/a')).toBe('a/1');
    await put('a/9/model.onnx', 2);
    await eventually(async () => {
      await who('classify/a');
      return (await metric('onward_shadow_total{route="a",result="disagreed"}')) > 0;
    });
  });
});
