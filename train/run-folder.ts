import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
  writeJson(name: string, value: unknown): Promise<void>;
  /** Replaces a folder of the run by what `fill` writes into the one it is given. */
  replaceFolder(name: string, fill: (folder: string) => Promise<void>): Promise<void>;
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
  if (await isFree(path)) return;
  throw new OnwardError(
    'input',
    `${path} already holds something, and a run is never overwritten; choose another --out or remove it`,
  );
}

/** @throws OnwardError as `requireFreePath` */
export async function createRunFolder(path: string): Promise<RunFolder> {
  await requireFreePath(path);
  await mkdir(dirname(path), { recursive: true });
  // On its own: with `recursive`, Node tries for ever where a file system takes no folders (/proc).
  await mkdir(path).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const write = async (name: string, text: string) => {
    const target = join(path, name);
    await writeFile(`${target}.partial`, text);
    await rename(`${target}.partial`, target);
  };
  return {
    path,
    writeRun: (run) => write('run.json', `${JSON.stringify(run, null, 2)}\n`),
    writeJson: (name, value) => write(name, `${JSON.stringify(value)}\n`),
    writeHistory: (rows) =>
      write(
        'history.csv',
        `${[columns.join(','), ...rows.map((row) => columns.map((c) => row[c]).join(','))].join('\n')}\n`,
      ),
    async replaceFolder(name, fill) {
      const target = join(path, name);
      const [partial, old] = [`${target}.partial`, `${target}.old`];
      await rm(partial, { recursive: true, force: true });
      await mkdir(partial);
      await fill(partial);
      await rm(old, { recursive: true, force: true });
      await rename(target, old).catch((error) => {
        if (error.code !== 'ENOENT') throw error;
      });
      await rename(partial, target);
      await rm(old, { recursive: true, force: true });
    },
  };
}
