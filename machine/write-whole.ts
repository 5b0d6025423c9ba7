import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from './make-folder.js';

/** A full disk is found out in a write that knows no path: the sentence about it needs the one that was meant. */
async function about<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && !('path' in error)) Object.assign(error, { path });
    throw error;
  }
}

/** Writes a file whole or not at all: beside its place first, then renamed. The folder is made where it is missing. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  await about(path, async () => {
    try {
      await makeFolder(dirname(path));
      await writeFile(partial, content);
      await rename(partial, path);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  });
}

/**
 * Replaces a folder by what `fill` writes into the one that it is given, whole or not at all: where something fails, the
 * folder that was there is there again. Between two renames, for a moment, there is none.
 */
export async function replaceFolder(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const [partial, old] = [`${path}.${process.pid}.partial`, `${path}.${process.pid}.old`];
  await about(path, async () => {
    try {
      await makeFolder(partial);
      await fill(partial);
      const wasThere = await rename(path, old).then(
        () => true,
        (error) => {
          if (error.code !== 'ENOENT') throw error;
          return false;
        },
      );
      await rename(partial, path).catch(async (error) => {
        if (wasThere) await rename(old, path);
        throw error;
      });
      await rm(old, { recursive: true, force: true });
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  });
}
