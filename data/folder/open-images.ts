import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { OnwardError } from '../../runtime/common/index.js';
import { defaultMaxPixels, type ImageSpec } from '../../runtime/image/index.js';
import { collect, collectWith } from '../collect.js';
import type { Dataset } from '../dataset.js';
import { regroup } from '../regroup.js';
import type { OpenedSource, Skipped, SourceOptions } from '../source.js';
import { subset } from '../subset.js';
import { chooseSize } from './choose-size.js';
import { createDecoder } from './decode-files.js';
import { groupDuplicates } from './group-duplicates.js';
import { joinGroups } from './join-groups.js';

export const partNames = ['train', 'val', 'test'] as const;
export type PartName = (typeof partNames)[number];

/** An image file that belongs to a class and to a part. */
export interface Listed {
  /** Below the root, with `/`. */
  readonly file: string;
  readonly label: number;
  readonly part: PartName;
  /** Images of one group stay on one side of a split. */
  readonly group?: string | undefined;
}

export interface Listing {
  readonly name: string;
  readonly root: string;
  readonly classes: readonly string[];
  readonly images: readonly Listed[];
  readonly skipped: readonly Skipped[];
  readonly notes: readonly string[];
}

const imagesAtOnce = 4096;
/** While some are put down as many others are decoded: enough that no thread waits for long. */
const filesAtOnce = 256;

/**
 * Decodes and fits the files in worker threads; kept in memory, or, where they are too many for that, written once into a
 * file in the cache. Images of equal content share a group.
 * @throws OnwardError kind `input` when a class has no readable image, or with `strict` when any is unreadable
 */
export async function openImages(listing: Listing, options: SourceOptions): Promise<OpenedSource> {
  const { name, root, classes, images } = listing;
  const files = images.map(({ file }) => file);
  const spec = await chooseSpec(root, files, options);
  const base = { name, classes, length: files.length, memory: options.memory, origin: originOf(root, files) };
  const labels = images.map(({ label }) => label);
  const isDivided = images.some(({ part }) => part !== 'train');
  const {
    dataset: decoded,
    found: { failures, coloured },
  } = await collectWith({ ...base, spec, identity: () => identityOf(root, files) }, (put) =>
    decodeAll(root, files, labels, spec, { ...options, onImages: isDivided ? undefined : options.onImages }, put),
  );

  const skipped: Skipped[] = [
    ...listing.skipped,
    ...failures.map(({ index, reason }) => ({ file: files[index]!, reason })),
  ];
  if (options.strict && skipped.length > 0) {
    const more = skipped.length > 1 ? ` (and ${skipped.length - 1} more files that are no readable images)` : '';
    throw new OnwardError('input', `${skipped[0]!.reason}${more}`);
  }
  const unreadable = new Set(failures.map(({ index }) => index));
  const kept = images.flatMap((_, index) => (unreadable.has(index) ? [] : [index]));
  requireClasses(listing, kept, skipped);

  const gray = options.channels === undefined && isGray(spec.background) && !coloured && spec.channels === 3;
  const fitted = gray ? await firstChannel(decoded, base, root, files) : decoded;
  const readable = kept.length === fitted.length ? fitted : subset(fitted, kept);
  const plain = regroup(
    readable,
    Uint32Array.from({ length: readable.length }, (_, i) => i),
  );
  const { groups, repeated, contradictions } = groupDuplicates(plain);
  const named = kept.map((index) => images[index]!.group);
  const all = regroup(plain, joinGroups(groups, named));

  const notes = [...listing.notes];
  if (repeated > 0) notes.push(`${repeated} of ${all.length} images repeat another one: a split keeps them together`);
  for (const [a, b] of contradictions.slice(0, 3)) {
    notes.push(`${all.origin(a)} and ${all.origin(b)} are the same image in different classes: remove one`);
  }
  const parts = partNames.map((part) => kept.flatMap((index, i) => (images[index]!.part === part ? [i] : [])));
  const [train, val, test] = parts.map((indices) => subset(all, indices)) as [Dataset, Dataset, Dataset];
  for (const [i, part] of [val, test].entries()) {
    const leaked = leaks(train, part);
    if (leaked === 0) continue;
    notes.push(`${leaked} of the images in ${partNames[i + 1]}/ are in train/ too: what is measured there is too good`);
  }
  return {
    name,
    train: train.length === all.length ? all : train,
    ...(val.length > 0 && { val }),
    ...(test.length > 0 && { test }),
    skipped,
    notes,
  };
}

const originOf = (root: string, files: readonly string[]) => (index: number) => join(root, files[index]!);

/** Which files, and that none has changed since. */
async function identityOf(root: string, files: readonly string[]): Promise<(string | number)[]> {
  const parts: (string | number)[] = ['files', resolve(root)];
  for (const file of files) {
    const { size, mtimeMs } = await stat(join(root, file)).catch(() => ({ size: -1, mtimeMs: 0 }));
    parts.push(file, size, mtimeMs);
  }
  return parts;
}

interface Decoded {
  readonly failures: readonly { readonly index: number; readonly reason: string }[];
  /** Whether any image has a colour. */
  readonly coloured: boolean;
}

async function decodeAll(
  root: string,
  files: readonly string[],
  labels: readonly number[],
  spec: ImageSpec,
  {
    maxPixels = defaultMaxPixels,
    threads,
    onProgress,
    onImages,
    signal,
  }: Omit<SourceOptions, 'onImages'> & { onImages: SourceOptions['onImages'] | undefined },
  put: (pixels: Uint8Array, labels: ArrayLike<number>) => Promise<void>,
): Promise<Decoded> {
  const decoder = createDecoder(threads);
  const failures: { index: number; reason: string }[] = [];
  let coloured = false;
  const originAt = originOf(root, files);
  const decode = (start: number) => {
    const decoded = decoder.decode(root, files.slice(start, start + filesAtOnce), spec, {
      maxPixels,
      signal,
      onProgress: (done) => onProgress?.(Math.min(start + done, files.length), files.length),
    });
    // Whoever stops early never awaits it.
    decoded.catch(() => {});
    return decoded;
  };
  try {
    let next = decode(0);
    for (let start = 0; start < files.length; start += filesAtOnce) {
      const { pixels, channels, failures: unreadable } = await next;
      next = decode(start + filesAtOnce);
      for (const { index, reason } of unreadable) failures.push({ index: start + index, reason });
      coloured ||= channels.includes(3);
      const { length } = channels;
      await put(pixels, labels.slice(start, start + length));
      await onImages?.({ length, pixels, origin: (i) => originAt(start + i) });
    }
  } finally {
    await decoder.close();
  }
  return { failures, coloured };
}

function requireClasses(
  { root, classes, images }: Listing,
  kept: readonly number[],
  skipped: readonly Skipped[],
): void {
  const there = new Set(kept.filter((i) => images[i]!.part === 'train').map((i) => images[i]!.label));
  const missing = classes.find((_, label) => !there.has(label));
  if (missing === undefined) return;
  throw new OnwardError(
    'input',
    `the class ${missing} in ${root} has no readable image: ${skipped.find(({ file }) => file.includes(`${missing}/`))?.reason ?? 'add some'}`,
  );
}

/** The luma of three equal channels is that channel, so this is what fitting to one channel gives. */
async function firstChannel(
  colour: Dataset,
  base: {
    name: string;
    classes: readonly string[];
    length: number;
    memory?: number | undefined;
    origin(i: number): string;
  },
  root: string,
  files: readonly string[],
): Promise<Dataset> {
  const identity = async () => [...(await identityOf(root, files)), 'first channel'];
  return collect({ ...base, spec: { ...colour.spec, channels: 1 }, identity }, async (put) => {
    for (let start = 0; start < colour.length; start += imagesAtOnce) {
      const indices = Array.from({ length: Math.min(imagesAtOnce, colour.length - start) }, (_, i) => start + i);
      const pixels = await colour.batch(indices);
      const one = new Uint8Array(pixels.length / 3);
      for (let i = 0; i < one.length; i++) one[i] = pixels[i * 3]!;
      await put(one, colour.labels.subarray(start, start + indices.length));
    }
  });
}

async function chooseSpec(root: string, files: readonly string[], options: SourceOptions): Promise<ImageSpec> {
  const { size, channels = 3, fit = 'contain', background = [0, 0, 0] } = options;
  const { width, height } =
    size === undefined
      ? await chooseSize(root, files)
      : typeof size === 'number'
        ? { width: size, height: size }
        : size;
  for (const side of [width, height]) {
    if (Number.isInteger(side) && side >= 1 && side <= 4096) continue;
    throw new OnwardError('usage', `expected a size of 1 to 4096 pixels, got ${side}`);
  }
  return { width, height, channels, fit, background };
}

function isGray([red, green, blue]: ImageSpec['background']): boolean {
  return red === green && red === blue;
}

function leaks(train: Dataset, part: Dataset): number {
  const seen = new Set(train.groups);
  return part.groups.reduce((sum, group) => sum + (seen.has(group) ? 1 : 0), 0);
}
