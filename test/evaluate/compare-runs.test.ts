import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { subset } from 'onward/data';
import {
  compareRuns,
  type Evaluation,
  evaluate,
  holm,
  predictionsCsv,
  readEvaluatedRun,
  reportJson,
  writeComparison,
} from 'onward/evaluate';
import type { LoadedModel } from 'onward/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelOf } from '../runtime/engines/models.js';
import { fakeEngine, partOfAll, small } from './small.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-compare-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const { dataset } = small(80);
const model: LoadedModel = { ...modelOf(), golden: undefined };

/** An evaluation by something that is right where `isRight` says, by the image's number. */
async function evaluated(name: string, isRight: (image: number) => boolean, of = dataset): Promise<string> {
  const bytes = new Map<string, number>();
  for (let i = 0; i < dataset.length; i++) bytes.set(Buffer.from(await dataset.batch([i])).toString('hex'), i);
  const engine = fakeEngine((image) => {
    const number = bytes.get(Buffer.from(image).toString('hex'))!;
    const said = (dataset.labels[number]! + (isRight(number) ? 0 : 1)) % 4;
    return [0, 1, 2, 3].map((c) => (c === said ? 0.7 : 0.1));
  });
  const evaluation: Evaluation = await evaluate(model, partOfAll(of), { engine });
  const path = join(folder, name, 'report');
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'report.json'), JSON.stringify(reportJson(evaluation)));
  await writeFile(join(path, 'predictions.csv'), predictionsCsv(evaluation));
  return join(folder, name);
}

describe('runs side by side', () => {
  it('are counted image by image, in whatever order the images came', async () => {
    // Right alone: the first on 0..4 and 20..24, the second on 5..7.
    const first = await evaluated('a', (i) => i < 5 || i >= 8);
    const turned = subset(
      dataset,
      Array.from({ length: 80 }, (_, i) => 79 - i),
    );
    const second = await evaluated('b', (i) => i >= 5 && (i < 20 || i > 24), turned);
    const { runs, pairs, paired } = compareRuns(
      await Promise.all([first, join(second, 'report')].map(readEvaluatedRun)),
    );
    expect(runs.map(({ name, metrics }) => [name, metrics.accuracy.correct])).toEqual([
      ['a', 77],
      ['b', 70],
    ]);
    expect(paired).toBe('sha256');
    // 10 against 3 of 13: 2 (C(13,0) + C(13,1) + C(13,2) + C(13,3)) / 2^13.
    expect(pairs).toEqual([
      expect.objectContaining({
        first: 'a',
        second: 'b',
        onlyFirst: 10,
        onlySecond: 3,
        gain: -7 / 80,
        p: expect.closeTo(756 / 8192, 12),
      }),
    ]);
    const page = await writeComparison(join(folder, 'both'), {
      dataset: { ...(await readEvaluatedRun(first)).report.dataset },
      runs,
      pairs,
      paired,
    });
    expect(await readFile(page, 'utf8')).toContain('−8.75');
  });

  it('on other images are refused', async () => {
    const all = await evaluated('all', () => true);
    const few = await evaluated('few', () => true, subset(dataset, [1, 2, 3]));
    const runs = await Promise.all([all, few].map(readEvaluatedRun));
    expect(() => compareRuns(runs)).toThrow(
      /expected runs that were evaluated on the same images.* 80 images .* 3 images /,
    );
    expect(() => compareRuns(runs.slice(1))).toThrow('--compare: expected two or more runs, got one');
  });

  it('without a report, or with a damaged one, are named', async () => {
    await expect(readEvaluatedRun(join(folder, 'nowhere'))).rejects.toThrow(
      /there is no report.json; evaluate it first: npx onward eval/,
    );
    const path = await evaluated('damaged', () => true);
    const csv = join(path, 'report', 'predictions.csv');
    await writeFile(csv, (await readFile(csv, 'utf8')).split('\n').slice(0, 40).join('\n'));
    await expect(readEvaluatedRun(path)).rejects.toThrow(/80 images, and 39 predictions beside them/);
    await writeFile(join(path, 'report', 'report.json'), '{"format":1}');
    await expect(readEvaluatedRun(path)).rejects.toThrow(/expected the numbers of an evaluation.*--force/);
  });
});

it('Holm’s correction, by hand', () => {
  expect(holm([0.01, 0.04, 0.03])).toEqual([expect.closeTo(0.03), expect.closeTo(0.06), expect.closeTo(0.06)]);
  expect(holm([0.9, 0.8])).toEqual([1, 1]);
});
