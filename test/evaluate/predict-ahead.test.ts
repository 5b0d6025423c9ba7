import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSource } from 'onward/data';
import { engineByName, openSession } from 'onward/engines';
import { evaluate, openSourceFor, partOf, predictAhead } from 'onward/evaluate';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { modelOf } from '../runtime/engines/models.js';
import { fakeEngine, small, writeSmall } from './small.js';

const model = modelOf();
const engine = engineByName('ort-cpu');
/** Of more than one chunk of files. */
const count = 600;
let folder: string;
beforeAll(async () => {
  folder = await writeSmall(await mkdtemp(join(tmpdir(), 'onward-ahead-')), small(count));
  await writeFile(join(folder, 'ant', '0-broken.png'), 'no picture');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const open = (onImages?: Parameters<typeof openSourceFor>[2]) =>
  openSourceFor(model, (options) => openSource(folder, options), onImages);

it('predicts files while they are decoded, to the same end', async () => {
  const plain = await evaluate(model, await partOf(await open(), model), { engine });
  const ahead = predictAhead(() => openSession(engine, model), model, { data: folder, from: 0 })!;
  const source = await open(ahead.onImages);
  const part = await partOf(source, model);
  expect([part.dataset.length, source.skipped.length]).toEqual([count, 1]);
  const rows = ahead.rowsOf(part.dataset)!;
  expect(rows.probabilities).toEqual(plain.scored.probabilities);
  const found = await evaluate(model, part, { engine, ahead });
  expect(found.metrics).toEqual(plain.metrics);
  expect(found.engine.selfTest?.passed).toBe(true);
  expect(found.speed.imagesPerSecond).toBeGreaterThan(0);
  await ahead.close();
});

it('leaves few images to be predicted when all are decoded', async () => {
  const ahead = predictAhead(() => openSession(engine, model), model, { data: folder })!;
  const part = await partOf(await open(ahead.onImages), model);
  expect([ahead.session, ahead.rowsOf(part.dataset)]).toEqual([undefined, undefined]);
});

it('begins before all files are decoded', async () => {
  const fake = fakeEngine(() => [0.7, 0.1, 0.1, 0.1]);
  const bare = { ...model, golden: undefined };
  const ahead = predictAhead(() => fake.open(bare), bare, { data: folder, batch: 50, from: 0 })!;
  let decoded = 0;
  let first: number | undefined;
  await openSourceFor(
    bare,
    (options) =>
      openSource(folder, {
        ...options,
        onProgress: (done) => {
          decoded = Math.max(decoded, done);
        },
      }),
    async (images) => {
      first ??= decoded;
      await ahead.onImages(images);
    },
  );
  // Two chunks at most.
  expect(first).toBeLessThanOrEqual(512);
  expect(fake.batches.reduce((a, b) => a + b, 0)).toBe(count + 1);
});

it('leaves what fails to the evaluation, and is not begun where few of the images may be wanted', async () => {
  const nothing = fakeEngine(() => [Number.NaN, 0, 0, 1]);
  const bare = { ...model, golden: undefined };
  const bad = predictAhead(() => nothing.open(bare), bare, { data: folder, from: 0 })!;
  const part = await partOf(await open(bad.onImages), bare);
  await expect(evaluate(bare, part, { engine: nothing, ahead: bad })).rejects.toThrow(/gives NaN for .*\.png/);
  const broken = predictAhead(() => Promise.reject(new Error('no')), bare, { data: folder, from: 0 })!;
  await open(broken.onImages);
  expect([broken.session, broken.rowsOf(part.dataset)]).toEqual([undefined, undefined]);

  const trained = {
    ...model,
    provenance: { dataset: { name: 'photos', digest: '00', images: 5 }, split: { seed: 1, val: 0.1, test: 0.2 } },
  };
  const begun = (data: string, split?: string) =>
    predictAhead(() => openSession(engine, model), trained, { data, split }) !== undefined;
  expect([begun('/here/photos/'), begun('/here/photos', 'all'), begun('/here/others')]).toEqual([false, true, true]);
  expect([begun('/here/others', 'test'), begun('/here/others', 'split.csv')]).toEqual([false, false]);
});
