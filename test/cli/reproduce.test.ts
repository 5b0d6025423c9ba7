import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lastLine, onward } from './onward.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-cli-reproduce-'));
  await writeFile(join(root, 'thesis.txt'), 'mine');
});
afterAll(() => rm(root, { recursive: true, force: true }));

it.each([
  [['--scale', '0'], 2, /--scale.*Expected a share above 0, at most 1, got "0"/],
  [['--scale', 'half'], 2, /Expected a share above 0, at most 1, got "half"/],
  [['--only', 'dense-gray,confuson'], 2, /--only: .*confuson.*confusion/],
  [['--backend', 'gpu'], 2, /gpu/],
  [['--out', '.'], 1, /--out \.: expected a study's folder.*thesis\.txt/],
  [['--out', 'thesis.txt'], 1, /--out thesis\.txt: expected a folder, or a place for one, got a file/],
] as const)('reproduce %j is refused in a sentence', async (flags, code, sentence) => {
  const refused = await onward(['reproduce', 'street-digits:20', ...flags], { cwd: root });
  expect(refused).toMatchObject({ code, stdout: '' });
  expect(lastLine(refused)).toMatch(sentence);
  expect(refused.stderr.trim().split('\n')).toHaveLength(1);
});
