import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wholeFolder } from 'onward/machine';
import { expect, test } from 'vitest';
import { runModule, temporaryCache, until } from './child.js';

const cache = temporaryCache();
const leftovers = () => readdirSync(cache).filter((name) => /\.(tmp|lock)/.test(name));

test('a folder is made once and reused after that', async () => {
  const folder = join(cache, 'once');
  let made = 0;
  const make = async (temporary: string) => {
    made++;
    expect(existsSync(folder)).toBe(false);
    await writeFile(join(temporary, 'file'), 'whole');
  };
  expect(await wholeFolder(folder, make)).toBe('made');
  expect(await wholeFolder(folder, make)).toBe('reused');
  expect(made).toBe(1);
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('whole');
  expect(leftovers()).toEqual([]);
});

test('what fails in the middle leaves nothing', async () => {
  const folder = join(cache, 'fails');
  const attempt = wholeFolder(folder, async (temporary) => {
    await writeFile(join(temporary, 'half'), '');
    throw new Error('disk full');
  });
  await expect(attempt).rejects.toThrow('disk full');
  expect(existsSync(folder)).toBe(false);
  expect(leftovers()).toEqual([]);
});

test('a process killed in the middle leaves no folder, and the next one makes it whole and cleans up', async () => {
  const folder = join(cache, 'killed');
  const child = runModule(`
    import { writeFileSync } from 'node:fs';
    import { wholeFolder } from 'onward/machine';
    await wholeFolder(${JSON.stringify(folder)}, async (temporary) => {
      writeFileSync(temporary + '/half', '');
      await new Promise((done) => setTimeout(done, 60_000));
    });`);
  await until(() => readdirSync(cache).some((name) => name.startsWith('killed.tmp-')));
  child.kill();
  await child.ended;
  expect(existsSync(folder)).toBe(false);

  await wholeFolder(folder, (temporary) => writeFile(join(temporary, 'file'), ''));
  expect(readdirSync(folder)).toEqual(['file']);
  expect(leftovers()).toEqual([]);
});

test('of three processes at once, one makes the folder and the others wait for it', async () => {
  const folder = join(cache, 'raced');
  const text = `
    import { wholeFolder } from 'onward/machine';
    console.log(await wholeFolder(${JSON.stringify(folder)}, () => new Promise((done) => setTimeout(done, 500))));`;
  const children = await Promise.all([1, 2, 3].map(() => runModule(text).ended));
  expect(children.map(({ stdout }) => stdout.trim()).sort()).toEqual(['made', 'reused', 'reused']);
});

test('a cache that cannot be written is named, with what to do', async () => {
  await writeFile(join(cache, 'a-file'), '');
  const attempt = wholeFolder(join(cache, 'a-file', 'folder', 'x'), async () => {});
  await expect(attempt).rejects.toMatchObject({ kind: 'system', message: expect.stringMatching(/set ONWARD_CACHE/) });
});

test('of many that find the lock of a process that died one makes the folder', async () => {
  for (let round = 0; round < 3; round++) {
    const folder = join(cache, `taken-${round}`);
    mkdirSync(`${folder}.lock`);
    utimesSync(`${folder}.lock`, new Date(0), new Date(0));
    let making = 0;
    const make = async (temporary: string) => {
      making++;
      await new Promise((done) => setTimeout(done, 20));
      await writeFile(join(temporary, 'file'), '');
      expect(making).toBe(1);
    };
    const all = await Promise.all(Array.from({ length: 6 }, () => wholeFolder(folder, make)));
    expect(all.filter((outcome) => outcome === 'made')).toHaveLength(1);
  }
  expect(leftovers()).toEqual([]);
});
