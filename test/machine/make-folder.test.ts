import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder } from '#onward/machine/make-folder.js';

let root: string;
const at = (...parts: string[]) => join(root, ...parts);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-folder-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('making a folder', () => {
  it('makes those above it too, also when several do so at once, and leaves one that is there', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => makeFolder(at('a', 'b', 'c', String(i % 3)))));
    await writeFile(at('a', 'b', 'kept'), '');
    await makeFolder(at('a', 'b'));
    expect((await stat(at('a', 'b', 'c', '2'))).isDirectory()).toBe(true);
    expect((await stat(at('a', 'b', 'kept'))).isFile()).toBe(true);
    await mkdir(at('elsewhere'));
    await symlink(at('elsewhere'), at('link'));
    await makeFolder(at('link', 'd'));
    expect((await stat(at('elsewhere', 'd'))).isDirectory()).toBe(true);
  });

  it('says that a file is in the way', async () => {
    await writeFile(at('file'), '');
    for (const path of [at('file'), at('file', 'x'), at('file', 'x', 'y')]) {
      await expect(makeFolder(path)).rejects.toMatchObject({ code: 'ENOTDIR' });
    }
  });

  // Linux has a file system that takes no folders and says that they are not there.
  it.runIf(process.platform === 'linux')('ends where none can be made', async () => {
    for (const path of ['/proc/x', '/proc/x/y/z'])
      await expect(makeFolder(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
