import { randomBytes } from 'node:crypto';
import { access, mkdir, readdir, rename, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { lock } from 'proper-lockfile';
import { messageOf, OnwardError } from '../runtime/common/index.js';
import { makeFolder } from './make-folder.js';

/** The folder in which onward keeps what `setup` brings; `ONWARD_CACHE` puts it elsewhere. Need not exist yet. */
export function cacheFolder(): string {
  return resolve(process.env.ONWARD_CACHE || envPaths('onward', { suffix: '' }).cache);
}

export function inCache(...parts: string[]): string {
  return join(cacheFolder(), ...parts);
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Makes a folder whole or not at all, once, whoever asks: `make` fills a temporary sibling, which then gets the folder's
 * name. A second process that wants the same folder waits and finds it done; one that died in the middle leaves only a
 * temporary folder, which the next caller removes.
 *
 * @param folder absolute path; that it exists means that it is whole
 * @param make fills the empty folder it is given; when it throws, nothing stays
 * @param onWait called once when another process is making the same folder
 * @param signal ends the waiting; `make` has to look at it by itself
 * @returns `made`, or `reused` where it was there
 * @throws OnwardError kind `system` when the cache cannot be written; whatever `make` throws
 */
export async function wholeFolder(
  folder: string,
  make: (temporary: string) => Promise<void>,
  onWait?: () => void,
  signal?: AbortSignal,
): Promise<'made' | 'reused'> {
  const parent = dirname(folder);
  if (await exists(folder)) {
    await removeLeftovers(folder);
    return 'reused';
  }
  await makeFolder(parent).catch((error: unknown) => {
    throw notWritable(parent, error);
  });
  return withLock(
    folder,
    async () => {
      await removeLeftovers(folder);
      if (await exists(folder)) return 'reused';
      const temporary = `${folder}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`;
      try {
        await mkdir(temporary).catch((error: unknown) => {
          throw notWritable(parent, error);
        });
        await make(temporary);
        await rename(temporary, folder).catch(async (error: unknown) => {
          // A machine that slept may have lost its lock to another process, which then was first: its folder is as good.
          if (!(await exists(folder))) throw error;
        });
        return 'made';
      } finally {
        await remove(temporary);
      }
    },
    onWait,
    signal,
  );
}

/**
 * Runs `work` while no other process runs it for the same path, whose folder exists. The lock of a process that died is
 * taken over after five seconds.
 * @throws OnwardError kind `system` when no lock can be made there, `interrupted` when `signal` fires while it waits
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  onWait?: () => void,
  signal?: AbortSignal,
): Promise<T> {
  const release = await acquire(path, onWait, signal);
  try {
    return await work();
  } finally {
    // Failing to release means that the lock was lost already.
    await release().catch(() => {});
  }
}

/** Milliseconds without a sign of life after which a lock is taken to be that of a process that died; signs come every second. */
const dead = 5_000;

async function acquire(path: string, onWait?: () => void, signal?: AbortSignal): Promise<() => Promise<void>> {
  let waited = false;
  for (;;) {
    try {
      // It never takes over by itself: of two that found the same dead lock, the second would remove what the first had made.
      return await lock(path, {
        realpath: false,
        stale: Number.MAX_SAFE_INTEGER,
        update: 1_000,
        onCompromised: () => {},
      });
    } catch (error) {
      if ((error as { code?: string }).code !== 'ELOCKED') throw notWritable(dirname(path), error);
      await removeDead(`${path}.lock`);
      if (signal?.aborted) throw new OnwardError('interrupted', `stopped while another process was making ${path}`);
      if (!waited) onWait?.();
      waited = true;
      await new Promise((done) => setTimeout(done, 200));
    }
  }
}

/** Removes a lock that shows no life. One process at a time looks and removes, so that none removes a lock made in between. */
async function removeDead(lockFolder: string): Promise<void> {
  if (!(await isDead(lockFolder))) return;
  const guard = `${lockFolder}.removal`;
  const mine = await mkdir(guard).then(
    () => true,
    () => false,
  );
  if (mine && (await isDead(lockFolder))) await rmdir(lockFolder).catch(() => {});
  // It is there for moments only, unless whoever made it died in them.
  if (mine || (await isDead(guard))) await rmdir(guard).catch(() => {});
}

const isDead = (folder: string): Promise<boolean> =>
  stat(folder).then(
    ({ mtimeMs }) => mtimeMs < Date.now() - dead,
    () => false,
  );

/** Bytes of all files under `path` (a file hard-linked twice counts twice); 0 when it does not exist. */
export async function sizeOf(path: string): Promise<number> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) return sizeOf(inner);
      if (!entry.isFile()) return 0;
      return stat(inner).then(
        (file) => file.size,
        () => 0,
      );
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** @throws OnwardError kind `system` when the disk of the cache has fewer than `bytes` bytes left */
export async function requireSpace(bytes: number, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(cacheFolder());
  if (bavail * bsize >= bytes) return;
  throw new OnwardError(
    'system',
    `${what} needs ${gigabytes(bytes)} of free disk while it is set up, but ${cacheFolder()} has ${gigabytes(bavail * bsize)} left: free some, or set ONWARD_CACHE to a folder on another disk.`,
  );
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

/** What processes that died in the middle left beside `folder`; the process's id is in the name. */
async function removeLeftovers(folder: string): Promise<void> {
  const prefix = `${basename(folder)}.tmp-`;
  for (const name of await readdir(dirname(folder)).catch(() => [])) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number(name.slice(prefix.length).split('-')[0]);
    if (!isAlive(pid)) await remove(join(dirname(folder), name));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const remove = (path: string) => rm(path, { recursive: true, force: true, maxRetries: 3 });

function notWritable(folder: string, cause: unknown): OnwardError {
  return new OnwardError(
    'system',
    `The cache folder ${folder} cannot be written (${messageOf(cause)}): make it writable, or set ONWARD_CACHE to one that is.`,
    { cause },
  );
}
