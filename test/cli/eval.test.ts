import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { small, writeSmall } from '../evaluate/small.js';
import { fileOf, goldenOf, graphOf, weightsOf } from '../runtime/engines/models.js';
import { lastLine, onward } from './onward.js';

let folder: string;
let model: string;
let photos: string;
const count = 84;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-eval-'));
  model = join(folder, 'model.onnx');
  const weights = weightsOf(1);
  await writeFile(model, fileOf(graphOf(weights), goldenOf(weights)));
  photos = await writeSmall(join(folder, 'photos'), small(count));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('onward eval', () => {
  it('prints what it found, and a report on request', async () => {
    const done = await onward(['eval', model, '--data', photos, '--report', join(folder, 'report')]);
    expect(done.stderr).toContain(`report: ${join(folder, 'report', 'index.html')}`);
    expect(done.stdout).toMatch(/accuracy +85\.71 %, 95 % interval 76\.\d\d % to 91\.\d\d % \(72 of 84\)/);
    expect(done.stdout).toMatch(/class +images +precision/);
    expect(done.stdout).toContain('as it is not what the model was trained on');
    expect(done.code).toBe(0);
    expect((await stat(join(folder, 'report', 'index.html'))).size).toBeGreaterThan(20_000);
    const again = await onward(['eval', model, '--data', photos, '--report', join(folder, 'report')]);
    expect([again.code, lastLine(again)]).toEqual([1, expect.stringMatching(/holds a report already .*--force$/)]);
  });

  it('prints every number as JSON', async () => {
    const { stdout, code } = await onward([
      'eval',
      model,
      '--data',
      photos,
      '--json',
      '--batch',
      '5',
      '--split',
      'all',
    ]);
    const report = JSON.parse(stdout);
    expect([code, report.metrics.accuracy.correct, report.speed.batch]).toEqual([0, 72, 5]);
    expect(report.dataset).toMatchObject({ images: 84, part: 'all' });
  });

  it('takes a split file', async () => {
    const split = join(folder, 'split.csv');
    const labels = (await readFile(join(folder, 'report', 'predictions.csv'), 'utf8')).trim().split('\n').slice(1);
    const lines = labels.map((line, i) => `${line.split(',')[0]},${i % 2 ? 'train' : 'test'}`);
    await writeFile(split, `image,split\n${lines.join('\n')}\n`);
    const { stdout } = await onward(['eval', model, '--data', photos, '--json', '--split', split]);
    expect(JSON.parse(stdout).dataset).toMatchObject({ images: 42, part: 'test' });
  });

  it('puts two runs side by side', async () => {
    const other = join(folder, 'other');
    await onward(['eval', model, '--data', photos, '--report', other, '--split', 'all']);
    const { stdout, code } = await onward(['eval', '--compare', join(folder, 'report'), other, '--json']);
    const { runs, pairs } = JSON.parse(stdout);
    expect([code, runs.length, pairs[0].p, pairs[0].gain]).toEqual([0, 2, 1, 0]);
  });

  it.each([
    [['--data', 'PHOTOS', '--engine', 'ort-cup'], 2, /unknown engine "ort-cup"|did you mean ort-cpu/i],
    [['--data', 'nowhere/'], 1, /no such folder or file: nowhere\//],
    [['--data', 'PHOTOS', '--split', 'test'], 1, /the test part of .* cannot be found again: .* --split all/],
    [['--data', 'PHOTOS', '--softmax'], 2, /--softmax: .* says that its output .* gives probabilities; leave it out$/],
    [
      ['--data', 'PHOTOS', '--report', 'PHOTOS/report'],
      2,
      /would lie in the dataset .*: give --report <folder> outside/,
    ],
    [['--data', 'PHOTOS', '--report', 'docs', '--force'], 1, /--report docs: .* got one with something else in it/],
    [['--data', 'PHOTOS', '--labels', 'a,b'], 1, /--labels: expected 4 names, one for each output of .*, got 2$/],
    [[], 2, /expected --data with labelled images, got none; see --help$/],
  ] as const)('refuses %j in one sentence', async (args, code, sentence) => {
    const done = await onward(['eval', model, ...args.map((arg) => arg.replace('PHOTOS', photos))]);
    expect([done.code, lastLine(done)]).toEqual([code, expect.stringMatching(sentence)]);
    expect(done.stderr).not.toContain('    at ');
  });
});
