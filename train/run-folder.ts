import { readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolder, replaceFolder, writeWhole } from '../machine/index.js';
import { OnwardError } from '../runtime/common/index.js';
import type { RunInfo } from '../runtime/model/index.js';

/** One line of history.csv. */
export interface EpochRow {
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly val_loss: number;
  readonly val_accuracy: number;
  /** Training and validating this epoch. */
  readonly seconds: number;
  readonly learning_rate: number;
}

const historyName = 'history.csv';
const ownerName = 'training.lock';
const columns = ['epoch', 'loss', 'accuracy', 'val_loss', 'val_accuracy', 'seconds', 'learning_rate'] as const;

/** The folder that a training writes. What it holds is whole at every moment: new content is written beside and renamed. */
export interface RunFolder {
  readonly path: string;
  writeRun(run: RunInfo): Promise<void>;
  writeHistory(rows: readonly EpochRow[]): Promise<void>;
  /** Replaces a folder of the run by what `fill` writes into the one it is given. */
  replaceFolder(name: string, fill: (folder: string) => Promise<void>): Promise<void>;
  /** Nobody trains it any more. */
  release(): Promise<void>;
  /** Takes the folder away when no epoch was written: what was never a run leaves nothing. */
  abandon(): Promise<void>;
}

/** `runs/mnist-small-cnn`, or the first of `-2`, `-3` … that is free. */
export async function freeRunPath(base: string): Promise<string> {
  for (let i = 1; ; i++) {
    const path = i === 1 ? base : `${base}-${i}`;
    if (await isFree(path)) return path;
  }
}

/** Whether there is nothing, or what a process left that was killed before it had anything to keep. */
export async function isFree(path: string): Promise<boolean> {
  try {
    const names = await readdir(path);
    return names.length === 0 || (await isStillborn(path, names));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false;
    throw error;
  }
}

const beginnings = new Set([historyName, ownerName, 'checkpoint', 'report']);

/** Whether a run's folder holds nothing that took a step. */
async function isBeginning(path: string, names: readonly string[]): Promise<boolean> {
  if (!names.every((name) => beginnings.has(name) || /\.partial$/.test(name))) return false;
  const checkpoint = await readdir(join(path, 'checkpoint')).catch((): string[] => []);
  return checkpoint.every((name) => name.endsWith('.partial'));
}

async function isStillborn(path: string, names: readonly string[]): Promise<boolean> {
  if (!names.includes(ownerName) || !(await isBeginning(path, names))) return false;
  const owner = await ownerOf(path);
  return owner !== undefined && !owner.isAlive;
}

/** @throws OnwardError kind `input` when something is there already: a run is never overwritten */
export async function requireFreePath(path: string): Promise<void> {
  if (!(await isFree(path))) throw taken(path);
}

/** @throws as `requireFreePath`, but not for a run: what becomes of that one depends on what is trained */
export async function requireRunOrFree(path: string): Promise<void> {
  if (!(await isRun(path))) await requireFreePath(path);
}

const taken = (path: string) =>
  new OnwardError(
    'input',
    `${path} already holds something, and a run is never overwritten; choose another --out or remove it`,
  );

/** Whether a folder holds a run, or the beginning of one. */
const isRun = async (path: string) => (await readdir(path).catch((): string[] => [])).includes(historyName);

/**
 * @param replace removes the run that is there; anything else that is there stays, and is refused
 * @throws OnwardError as `requireFreePath`; another training that begins in the same folder gets it too
 */
export async function createRunFolder(path: string, { replace = false } = {}): Promise<RunFolder> {
  if (replace && (await isRun(path))) {
    await requireNoOwner(path);
    await rm(path, { recursive: true });
  }
  await requireFreePath(path);
  if (await isRun(path)) await rm(path, { recursive: true, force: true });
  await makeFolder(path);
  const history = join(path, historyName);
  const abandon = async () => {
    const names = await readdir(path).catch((): string[] => []);
    if (!(await isBeginning(path, names))) return;
    for (const name of names) await rm(join(path, name), { recursive: true, force: true });
    await rmdir(path).catch(() => {});
  };
  // Of two trainings that found the folder empty, one makes this file. The first epoch may be long in coming.
  try {
    await writeFile(history, historyCsv([]), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw taken(path);
    await abandon();
    throw Object.assign(error as Error, { path });
  }
  await own(path);
  return { ...folderAt(path), abandon };
}

/**
 * The folder of a run that goes on.
 * @throws OnwardError kind `input` while another process trains it
 */
export async function reopenRunFolder(path: string): Promise<RunFolder> {
  await requireNoOwner(path);
  await own(path);
  // What a killed process was about to rename.
  for (const name of await readdir(path)) {
    if (/\.\d+\.(partial|old)$/.test(name)) await rm(join(path, name), { recursive: true, force: true });
  }
  return { ...folderAt(path), abandon: async () => {} };
}

/** Which process trains a run: its number and its machine, while it does. */
const lockOf = (path: string) => join(path, ownerName);
const own = (path: string) => writeWhole(lockOf(path), `${process.pid}@${hostname()}`);

async function ownerOf(path: string): Promise<{ pid: number; isAlive: boolean } | undefined> {
  const owner = await readFile(lockOf(path), 'utf8').catch(() => undefined);
  if (owner === undefined) return undefined;
  const [pid, host] = owner.split('@');
  // Of another machine nobody knows; a disk that several share is taken to be used in turns.
  return { pid: Number(pid), isAlive: host === hostname() && isAlive(Number(pid)) };
}

async function requireNoOwner(path: string): Promise<void> {
  const owner = await ownerOf(path);
  if (!owner?.isAlive || owner.pid === process.pid) return;
  throw new OnwardError(
    'input',
    `${path} is being trained by process ${owner.pid}; wait until it ends or stop it (or, if that is something else, remove ${lockOf(path)})`,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function folderAt(path: string): Omit<RunFolder, 'abandon'> {
  const history = join(path, historyName);
  return {
    path,
    release: () => rm(lockOf(path), { force: true }),
    writeRun: (run) => writeWhole(join(path, 'run.json'), `${JSON.stringify(run, null, 2)}\n`),
    writeHistory: (rows) => writeWhole(history, historyCsv(rows)),
    replaceFolder: (name, fill) => replaceFolder(join(path, name), fill),
  };
}

const historyCsv = (rows: readonly EpochRow[]) =>
  `${[columns.join(','), ...rows.map((row) => columns.map((column) => row[column]).join(','))].join('\n')}\n`;

/** The rows of a run's history.csv. */
export async function readHistory(path: string): Promise<EpochRow[]> {
  const lines = (await readFile(join(path, historyName), 'utf8')).trim().split('\n').slice(1);
  return lines.map((line) => {
    const values = line.split(',').map(Number);
    return Object.fromEntries(columns.map((column, i) => [column, values[i]!])) as unknown as EpochRow;
  });
}
