import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OnwardError } from '../runtime/common/index.js';
import { type RunInfo, runSchema } from '../runtime/model/index.js';
import { type Checkpoint, differences, type Identity, readCheckpoint, readProgress } from './checkpoint/index.js';
import { createRunFolder, isFree, type RunFolder, reopenRunFolder } from './run-folder.js';

/** Where a training goes: a new folder, one where it goes on, or one where it is done already. */
export type Place =
  | { readonly kind: 'new'; readonly folder: RunFolder; readonly unfinished: string | undefined }
  | { readonly kind: 'resumed'; readonly folder: RunFolder; readonly checkpoint: Checkpoint }
  | { readonly kind: 'done'; readonly path: string; readonly info: RunInfo };

export interface PlaceOptions {
  readonly out: string;
  /** Where `out` is taken: `out-2`, `out-3` … */
  readonly numbered: boolean;
  readonly resume: boolean;
  readonly force: boolean;
  readonly identity: Identity;
  readonly digest: string;
}

/** What run.json says, of a run of this version; undefined for everything else. */
async function infoOf(path: string): Promise<RunInfo | undefined> {
  try {
    return runSchema.parse(JSON.parse(await readFile(join(path, 'run.json'), 'utf8')));
  } catch {
    return undefined;
  }
}

/** A run that went to its end with these settings and images. */
async function finished(path: string, digest: string): Promise<RunInfo | undefined> {
  const info = await infoOf(path);
  if (!info || info.interrupted || info.stopped === 'diverged' || info.digest !== digest) return undefined;
  const weights = await stat(join(path, 'model', 'weights.bin')).catch(() => undefined);
  return weights ? info : undefined;
}

/**
 * Finds where a training goes, and takes the place.
 * @throws OnwardError kind `input`: the folder holds something else, or a checkpoint of another training
 */
export async function findPlace({ out, numbered, resume, force, identity, digest }: PlaceOptions): Promise<Place> {
  let unfinished: string | undefined;
  for (let i = 1; ; i++) {
    const path = i === 1 ? out : `${out}-${i}`;
    if (await isFree(path)) return { kind: 'new', folder: await createRunFolder(path), unfinished };
    const info = force ? undefined : await finished(path, digest);
    if (info) return { kind: 'done', path, info };
    if (!numbered && force) return { kind: 'new', folder: await createRunFolder(path, { replace: true }), unfinished };
    const progress = await readProgress(path).catch(ignoredWhere(numbered || !resume));
    const same = progress && differences(progress.identity, identity).length === 0;
    if (same && resume && !force && !progress.finished) {
      const folder = await reopenRunFolder(path);
      return { kind: 'resumed', folder, checkpoint: (await readCheckpoint(path))! };
    }
    if (same && !progress.finished) unfinished ??= path;
    if (numbered) continue;
    if (progress && resume) throw same ? ofOtherVersion(path) : another(path, progress.identity, identity);
    if (same && !progress.finished) throw interruptedIn(path, progress.epoch);
    return { kind: 'new', folder: await createRunFolder(path), unfinished };
  }
}

/** Where nothing is to go on, a checkpoint that cannot be read is one that is not there. */
const ignoredWhere = (ignored: boolean) => (error: unknown) => {
  if (ignored) return undefined;
  throw error;
};

const interruptedIn = (path: string, epoch: number) =>
  new OnwardError(
    'input',
    `${path} is this training, interrupted in epoch ${epoch}; --resume ${path} goes on with it, --force begins it anew`,
  );

const ofOtherVersion = (path: string) =>
  new OnwardError(
    'input',
    `${path} is this training, finished with another version of onward or TensorFlow; --force trains it anew, over it`,
  );

/** What differs between a checkpoint's training and the one that is asked for */
function another(path: string, before: Identity, now: Identity): OnwardError {
  const [first] = differences(before, now);
  const { part } = first!;
  if (part === 'dataset') {
    return new OnwardError(
      'input',
      `${path}: the dataset is not as it was when this training began (images, labels or their order changed); bring it back, or begin anew with its weights: --from ${path}`,
    );
  }
  const simple = [first!.before, first!.now].every((value) => value === null || typeof value !== 'object');
  const what =
    simple && String(first!.before).length < 40
      ? `is of ${part} ${first!.before}, and ${first!.now} was asked for`
      : `is of a training that differs in ${part}`;
  return new OnwardError(
    'input',
    `${path}: its checkpoint ${what}; go on with the settings that it began with, or train anew into another --out`,
  );
}
