import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishedParameters, steps } from '#onward/study/index.js';
import { onward, start } from '../cli/onward.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-reproduce-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('the published study, of a few images', () => {
  it('is stopped by Ctrl-C in a training, and the same command does the rest', async () => {
    const args = [
      'reproduce',
      'street-digits:400',
      '--scale',
      '0.02',
      '--tta',
      '2',
      '--out',
      join(root, 'study'),
      '--json',
    ];
    const first = start(args, { cwd: root });
    await first.printed('── 2/11 dense-gray');
    first.child.kill('SIGINT');
    const stopped = await first.done;
    expect(stopped.code, stopped.stderr).toBe(130);
    expect(JSON.parse(stopped.stdout)).toMatchObject({ interrupted: true, scale: 0.02 });
    expect(stopped.stderr).toMatch(/stopped; what is done stays in .*study, and the same command goes on\n$/);

    const second = await onward(args, { cwd: root });
    expect(second.code, second.stderr).toBe(0);
    const study = JSON.parse(second.stdout);
    expect(study.steps.map(({ name, state }: { name: string; state: string }) => [name, state])).toEqual(
      steps.map(({ name }) => [name, name === 'dense-rgb' ? 'kept' : 'done']),
    );
    const resultOf = (name: string) => study.steps.find((step: { name: string }) => step.name === name).result;
    for (const [recipe, { total, fixed }] of Object.entries(publishedParameters)) {
      expect(resultOf(recipe).parameters).toEqual({ total, trainable: total - fixed });
    }
    expect(resultOf('activations').plates).toHaveLength(8);
    expect(resultOf('neighbours')).toMatchObject({ k: 15, images: 20, width: 512 });
    expect(study.shortened).toMatch(/^Shortened by --scale 0\.02: 60 of the 400 images/);
    expect(JSON.parse(await readFile(join(root, 'study', 'study.json'), 'utf8'))).toEqual(study);
    expect(await readFile(join(root, 'study', 'index.html'), 'utf8')).toContain('Shortened by --scale 0.02');
  });
});
