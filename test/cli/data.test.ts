import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHeader } from 'onward/image';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeStripes } from './images.js';
import { lastLine, onward } from './onward.js';

let root: string;
const at = (name: string) => join(root, name);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-cli-data-'));
  await writeStripes(at('stripes'), 30);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('onward data', () => {
  it('says what is in a dataset, for people and as JSON', async () => {
    const { code, stdout } = await onward(['data', at('stripes')]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^.*stripes: 30 images, \d+x\d+, .*, 3 classes$/m);
    expect(stdout).toMatch(/^digest {6}[0-9a-f]{64}$/m);
    const json = await onward(['data', at('stripes'), '--json', '--split', 'random']);
    const about = JSON.parse(json.stdout);
    expect(about).toMatchObject({ images: 30, repeated: 0, skipped: [] });
    expect(about.split.train.length).toBe(3);
    expect(stdout).toContain(about.digest);
  });

  it('draws sheets, writes the split down, and the folder in its parts', async () => {
    const args = ['data', at('stripes'), '--sheet', at('sheet.png'), '--columns', '4', '--augment', 'small-cnn'];
    const { code, stderr } = await onward([
      ...args,
      '--split',
      'random',
      '--split-out',
      at('split.csv'),
      '--out',
      at('out'),
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const { width, height } = readHeader(readFileSync(at('sheet.png')));
    expect(height).toBeGreaterThan(width);
    expect((await readdir(at('out'))).toSorted()).toEqual(['test', 'train', 'val']);
    const lines = readFileSync(at('split.csv'), 'utf8').trim().split('\n');
    expect(lines).toHaveLength(31);
    const again = JSON.parse((await onward(['data', at('stripes'), '--split', at('split.csv'), '--json'])).stdout);
    const written = JSON.parse((await onward(['data', at('out'), '--json'])).stdout);
    expect(again.split).toEqual(written.split);
    expect(again.digest).toBe(written.digest);
  });

  it.each([
    [['--augment', 'small-cnn'], 2, /--augment needs --sheet/],
    [['--split-out', 'x.csv'], 2, /--split-out needs --split/],
    [['--split', 'nowhere.csv'], 1, /the split file nowhere.csv cannot be read/],
    [['--sheet', 'package.json/x.png'], 1, /package.json.*(is a file, not a folder|there already)/],
  ] as const)('refuses %j', async (flags, code, message) => {
    const finished = await onward(['data', at('stripes'), ...flags]);
    expect(finished.code).toBe(code);
    expect(lastLine(finished)).toMatch(message);
    expect(existsSync('x.csv')).toBe(false);
  });
});
