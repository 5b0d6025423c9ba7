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
    const args = ['data', at('stripes'), '--sheet', at('sheet.png'), '--columns', '4'];
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
    // Four images of each of three classes.
    expect(width / height).toBeCloseTo(4 / 3, 1);
    expect((await readdir(at('out'))).toSorted()).toEqual(['test', 'train', 'val']);
    const lines = readFileSync(at('split.csv'), 'utf8').trim().split('\n');
    expect(lines).toHaveLength(31);
    const again = JSON.parse((await onward(['data', at('stripes'), '--split', at('split.csv'), '--json'])).stdout);
    const written = JSON.parse((await onward(['data', at('out'), '--json'])).stdout);
    expect(again.split).toEqual(written.split);
    expect(again.digest).toBe(written.digest);
  });

  it('draws what augmentation and preprocessing make of images, into a file named after the dataset', async () => {
    const cwd = await mkdtemp(join(root, 'sheets-'));
    const augmented = await onward(['data', at('stripes'), '--augment', 'small-cnn'], { cwd });
    expect(augmented.stderr).toMatch(/^stripes-augmented.png: .*: as it is, then 7 draws of \w/m);
    // Nine rows, three of each class, of eight images.
    const { width, height } = readHeader(readFileSync(join(cwd, 'stripes-augmented.png')));
    expect(width / height).toBeCloseTo(8 / 9, 1);
    const steps = ['--preprocess', 'simplenet,accurate', '--columns', '5', '--sheet', 'steps.png'];
    const preprocessed = await onward(['data', at('stripes'), ...steps], { cwd });
    expect(preprocessed.stderr).toMatch(/^steps.png: .*a row each, from the top:\n {2}as they are .*white 255$/m);
    expect(preprocessed.stderr).toMatch(/^ {2}standardize +black -\d/m);
    expect((await readdir(cwd)).toSorted()).toEqual(['steps.png', 'stripes-augmented.png']);
  });

  it.each([
    [['--augment', 'small-cnn', '--preprocess', 'simplenet'], 2, /--augment and --preprocess .* give one/],
    [['--preprocess', 'simplenet,small'], 2, /small/],
    [['--split-out', 'x.csv'], 2, /--split-out needs --split/],
    [['--split', 'nowhere.csv'], 1, /the split file nowhere.csv cannot be read/],
    [['--sheet', 'package.json/x.png'], 1, /package.json.*(is a file, not a folder|there already)/],
    // Linux has a file system that takes neither files nor folders.
    ...(process.platform === 'linux'
      ? ([
          [['--out', '/proc/x/y'], 1, /^onward: \/proc\/x: nothing can be made there/],
          [['--sheet', '/proc/x.png'], 1, /^onward: \/proc\/x\.png: nothing can be made there/],
        ] as const)
      : []),
  ] as const)('refuses %j', async (flags, code, message) => {
    const finished = await onward(['data', at('stripes'), ...flags]);
    expect(finished.code).toBe(code);
    expect(lastLine(finished)).toMatch(message);
    expect(existsSync('x.csv')).toBe(false);
  });
});
