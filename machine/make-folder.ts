import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those above it, where they are missing. Node's own `recursive` never ends where the system says of a
 * path that it cannot be made because a folder above it is missing though it is there, as Linux does below /proc.
 * @throws NodeJS.ErrnoException of the first folder that cannot be made
 */
export async function makeFolder(path: string): Promise<void> {
  const whole = resolve(path);
  try {
    await mkdir(whole);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(whole) !== whole) {
      await makeFolder(dirname(whole));
      await mkdir(whole).catch((again: NodeJS.ErrnoException) => {
        // Another process may have been there first.
        if (again.code !== 'EEXIST') throw again;
      });
      return;
    }
    // A folder that is there: also on a read-only disk, whatever the system says first.
    if (await isFolder(whole)) return;
    throw code === 'EEXIST' ? Object.assign(error as Error, { code: 'ENOTDIR' }) : error;
  }
}

const isFolder = (path: string) =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
