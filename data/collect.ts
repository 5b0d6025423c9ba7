import { createHash } from 'node:crypto';
import { open, readFile, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inCache, makeFolder, wholeFolder } from '../machine/index.js';
import { OnwardError, sha256Hex, utf8 } from '../runtime/common/index.js';
import type { ImageSpec } from '../runtime/image/index.js';
import type { Dataset } from './dataset.js';
import { fileDataset } from './file.js';
import { memoryDataset } from './memory.js';

/** A dataset of more bytes than this lies in a file. */
export const defaultMemory = 512 * 2 ** 20;

export interface CollectOptions {
  readonly name: string;
  readonly spec: ImageSpec;
  readonly classes: readonly string[];
  readonly length: number;
  /** All that decides what the pixels are: the same identity finds the same file again. */
  readonly identity: readonly (string | number)[] | (() => Promise<readonly (string | number)[]>);
  readonly groups?: Uint32Array | undefined;
  readonly origin?: ((index: number) => string) | undefined;
  /** Bytes up to which the images are kept in memory. Default: `defaultMemory`. */
  readonly memory?: number | undefined;
}

/** Takes the next images, in order: their pixels and their labels. What it was given may be used again once it is done. */
export type Put = (pixels: Uint8Array, labels: ArrayLike<number>) => Promise<void>;

/**
 * A dataset of images that come one after another. Few enough are kept in memory; more are written once into a file in the
 * cache (`datasets/`), whole or not at all, and found there the next time.
 *
 * @param fill calls `put` until there are `length` images; not called where the file is there
 * @throws OnwardError kind `system` when the disk has no room for them, and whatever `fill` throws
 */
export async function collect(options: CollectOptions, fill: (put: Put) => Promise<void>): Promise<Dataset> {
  return (await collectWith(options, fill)).dataset;
}

/** The same, with what `fill` found out on the way (plain JSON), which is kept beside the file. */
export async function collectWith<T>(
  options: CollectOptions,
  fill: (put: Put) => Promise<T>,
): Promise<{ readonly dataset: Dataset; readonly found: T }> {
  const { name, spec, classes, length, groups, origin, memory = defaultMemory } = options;
  const size = spec.width * spec.height * spec.channels;
  const labels = new Uint32Array(length);
  let count = 0;
  const take = (taken: ArrayLike<number>) => {
    if (count + taken.length > length) throw new RangeError(`expected ${length} images of ${name}, got more`);
    labels.set(taken, count);
    count += taken.length;
  };
  const complete = () => {
    if (count !== length) throw new RangeError(`expected ${length} images of ${name}, got ${count}`);
  };

  if (length * size <= memory) {
    const pixels = new Uint8Array(length * size);
    const found = await fill(async (more, taken) => {
      pixels.set(more.subarray(0, taken.length * size), count * size);
      take(taken);
    });
    complete();
    const some = { ...(groups && { groups }), ...(origin && { origin }) };
    return { dataset: memoryDataset({ name, spec, classes, labels, pixels, ...some }), found };
  }

  const identity = typeof options.identity === 'function' ? await options.identity() : options.identity;
  const key = sha256Hex(utf8(JSON.stringify(['onward-images-1', identity, spec, classes, length])));
  const folder = inCache('datasets', key.slice(0, 16));
  const path = join(folder, 'images');
  await wholeFolder(folder, async (temporary) => {
    await requireRoom(temporary, length * size, name);
    const file = await open(join(temporary, 'images'), 'wx');
    const fingerprints = new Uint8Array(length * 32);
    let found: T;
    try {
      found = await fill(async (more, taken) => {
        const first = count;
        take(taken);
        for (let i = 0; i < taken.length; i++) {
          const hash = createHash('sha256').update(more.subarray(i * size, (i + 1) * size));
          fingerprints.set(hash.digest(), (first + i) * 32);
        }
        await file.writeFile(more.subarray(0, taken.length * size));
      });
    } finally {
      await file.close();
    }
    complete();
    await writeFile(join(temporary, 'fingerprints'), fingerprints);
    await writeFile(join(temporary, 'found.json'), JSON.stringify(found ?? null));
    await writeFile(join(temporary, 'labels'), new Uint8Array(labels.buffer));
    // For people who look what fills their disk.
    await writeFile(join(temporary, 'about.json'), `${JSON.stringify({ name, length, spec, classes }, null, 2)}\n`);
  });
  const fingerprints = await readFile(join(folder, 'fingerprints'));
  const stored = await readFile(join(folder, 'labels'));
  labels.set(new Uint32Array(stored.buffer.slice(stored.byteOffset, stored.byteOffset + stored.length)));
  const found = JSON.parse(await readFile(join(folder, 'found.json'), 'utf8')) as T;
  return { dataset: fileDataset({ name, spec, classes, labels, groups, origin, path, fingerprints }), found };
}

async function requireRoom(folder: string, bytes: number, name: string): Promise<void> {
  await makeFolder(dirname(folder));
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= bytes * 1.05) return;
  const gigabytes = (n: number) => `${(n / 1e9).toFixed(1)} GB`;
  throw new OnwardError(
    'system',
    `${name} takes ${gigabytes(bytes)} on disk, but ${dirname(folder)} has ${gigabytes(bavail * bsize)} left: free some, or set ONWARD_CACHE to a folder on another disk`,
  );
}
