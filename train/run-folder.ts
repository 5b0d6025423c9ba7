import { mkdir, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { replaceFolder, writeWhole } from '../machine/index.js';
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

const columns = ['epoch', 'loss', 'accuracy', 'val_loss', 'val_accuracy', 'seconds', 'learning_rate'] as const;

/** The folder that a training writes. What it holds is whole at every moment: new content is written beside and renamed. */
export interface RunFolder {
  readonly path: string;
  writeRun(run: RunInfo): Promise<void>;
  writeHistory(rows: readonly EpochRow[]): Promise<void>;
  /** Replaces a folder of the run by what `fill` writes into the one it is given. */
  replaceFolder(name: string, fill: (folder: string) => Promise<void>): Promise<void>;
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

async function isFree(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false;
    throw error;
  }
}

/** @throws OnwardError kind `input` when something is there already: a run is never overwritten */
export async function requireFreePath(path: string): Promise<void> {
  if (!(await isFree(path))) throw taken(path);
}

const taken = (path: string) =>
  new OnwardError(
    'input',
    `${path} already holds something, and a run is never overwritten; choose another --out or remove it`,
  );

/** @throws OnwardError as `requireFreePath`; another training that begins in the same folder gets it too */
export async function createRunFolder(path: string): Promise<RunFolder> {
  await requireFreePath(path);
  await mkdir(dirname(path), { recursive: true });
  // On its own: with `recursive`, Node tries for ever where a file system takes no folders (/proc).
  await mkdir(path).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const history = join(path, 'history.csv');
  const abandon = async () => {
    const left = await readdir(path).catch(() => []);
    if (left.some((name) => name !== basename(history))) return;
    await rm(history, { force: true });
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
  return {
    path,
    writeRun: (run) => writeWhole(join(path, 'run.json'), `${JSON.stringify(run, null, 2)}\n`),
    writeHistory: (rows) => writeWhole(history, historyCsv(rows)),
    replaceFolder: (name, fill) => replaceFolder(join(path, name), fill),
    abandon,
  };
}

const historyCsv = (rows: readonly EpochRow[]) =>
  `${[columns.join(','), ...rows.map((row) => columns.map((column) => row[column]).join(','))].join('\n')}\n`;
