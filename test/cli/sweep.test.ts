import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeStripes } from './images.js';
import { lastLine, onward } from './onward.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-cli-sweep-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('sweep', () => {
  it('names its folders as every system takes them, and loads what is done', async () => {
    const photos = join(root, 'my photos, day=1');
    await mkdir(photos);
    await writeStripes(photos, 60);
    const args = ['sweep', '.', '--epochs', '1', '--set', 'optimizer=adam,sgd'];
    const inside = await onward(args, { cwd: photos });
    expect(inside.code).toBe(2);
    expect(lastLine(inside)).toMatch(/would lie in the dataset \., in which every folder is a class: give --out/);
    const outside = [...args.with(1, photos), '--json'];
    const first = await onward(outside, { cwd: root });
    expect(first, first.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(first.stdout)).toMatchObject([
      { settings: { optimizer: 'adam' }, outcome: 'trained' },
      { settings: { optimizer: 'sgd' }, outcome: 'trained' },
    ]);
    const folders = ['small-cnn_optimizer=adam', 'small-cnn_optimizer=sgd', 'sweep.csv'];
    expect((await readdir(join(root, 'runs', 'my-photos-day-1-sweep'))).toSorted()).toEqual(folders);
    const again = await onward(outside, { cwd: root });
    expect(JSON.parse(again.stdout)).toMatchObject([{ outcome: 'loaded' }, { outcome: 'loaded' }]);
  });
});
