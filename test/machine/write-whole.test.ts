import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceFolder, writeWhole } from 'onward/machine';
import { afterEach, beforeEach, expect, it } from 'vitest';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-whole-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const fillWith = (text: string) => (folder: string) => writeFile(join(folder, 'file'), text);

it('replaces a folder, and leaves nothing else', async () => {
  const path = join(root, 'deep', 'folder');
  await replaceFolder(path, fillWith('first'));
  await replaceFolder(path, fillWith('second'));
  expect(await readFile(join(path, 'file'), 'utf8')).toBe('second');
  expect(await readdir(join(root, 'deep'))).toEqual(['folder']);
});

it('keeps the folder that was there when filling fails', async () => {
  const path = join(root, 'folder');
  await replaceFolder(path, fillWith('first'));
  const full = () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
  await expect(replaceFolder(path, full)).rejects.toMatchObject({ code: 'ENOSPC', path });
  expect(await readFile(join(path, 'file'), 'utf8')).toBe('first');
  expect(await readdir(root)).toEqual(['folder']);
});

it('gives the folder that was there back when the new one cannot take its place', async () => {
  const path = join(root, 'folder');
  await replaceFolder(path, fillWith('first'));
  // The new one is gone before it is renamed.
  await expect(replaceFolder(path, (folder) => rm(folder, { recursive: true }))).rejects.toThrow('ENOENT');
  expect(await readFile(join(path, 'file'), 'utf8')).toBe('first');
  expect(await readdir(root)).toEqual(['folder']);
});

it('writes a file whole: what was there stays when the new one cannot be written', async () => {
  const path = join(root, 'a', 'file');
  await writeWhole(path, 'first');
  expect(await readFile(path, 'utf8')).toBe('first');
  await mkdir(join(root, 'taken'));
  await expect(writeWhole(join(root, 'taken'), 'x')).rejects.toThrow();
  expect(await readdir(root)).toEqual(['a', 'taken']);
});
