import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OnwardError } from '../../runtime/common/index.js';
import { defaultMaxPixels, type ImageSpec } from '../../runtime/image/index.js';
import type { Dataset } from '../dataset.js';
import { chooseSize } from '../folder/choose-size.js';
import { decodeFiles } from '../folder/decode-files.js';
import { groupDuplicates } from '../folder/group-duplicates.js';
import { listFolder, type Scan, scanClasses } from '../folder/scan.js';
import { memoryDataset } from '../memory.js';
import { regroup } from '../regroup.js';
import type { OpenedSource, Skipped, Source, SourceOptions } from '../source.js';
import { subset } from '../subset.js';

const partNames = ['train', 'val', 'test'] as const;
type PartName = (typeof partNames)[number];

/**
 * An image folder: `<root>/<class>/*.png|jpg|jpeg|webp`, or the same below `train/`, `val/` and `test/`, of which `train/`
 * must be there. Decoded and fitted in worker threads, kept in memory as uint8. Images of equal content share a group.
 */
export const folder: Source = {
  name: 'folder',
  matches: (path) =>
    stat(path).then(
      () => true,
      () => false,
    ),
  open: openFolder,
};

async function openFolder(root: string, options: SourceOptions): Promise<OpenedSource> {
  const scans = await scan(root);
  const { classes } = scans[0]!;
  const found = scans.flatMap(({ part, images }) => images.map((image) => ({ ...image, part })));
  if (found.length === 0) throw noImages(root);
  const files = found.map(({ file }) => file);
  const spec = await chooseSpec(root, files, options);
  const { maxPixels = defaultMaxPixels, threads, onProgress, signal } = options;
  const decoded = await decodeFiles(root, files, spec, { maxPixels, threads, onProgress, signal });

  const skipped: Skipped[] = [
    ...scans.flatMap((s) => s.skipped),
    ...decoded.failures.map(({ index, reason }) => ({ file: files[index]!, reason })),
  ];
  if (options.strict && skipped.length > 0) {
    const more = skipped.length > 1 ? ` (and ${skipped.length - 1} more files that are no readable images)` : '';
    throw new OnwardError('input', `${skipped[0]!.reason}${more}`);
  }

  const kept = found.map((image, index) => ({ ...image, index })).filter(({ index }) => decoded.channels[index]! > 0);
  for (const [label, name] of classes.entries()) {
    if (kept.some((image) => image.label === label && image.part === 'train')) continue;
    throw new OnwardError(
      'input',
      `the class ${name} in ${root} has no readable image: ${skipped.find(({ file }) => file.includes(`${name}/`))?.reason ?? 'add some'}`,
    );
  }
  const gray =
    options.channels === undefined &&
    isGray(spec.background) &&
    kept.every(({ index }) => decoded.channels[index] === 1);
  const plain = memoryDataset({
    name: root,
    spec: gray ? { ...spec, channels: 1 } : spec,
    classes,
    labels: kept.map(({ label }) => label),
    pixels: gather(
      decoded.pixels,
      kept.map(({ index }) => index),
      spec,
      gray,
    ),
    origin: (i) => join(root, kept[i]!.file),
  });
  const { groups, repeated, contradictions } = groupDuplicates(plain);
  const all = regroup(plain, groups);

  const notes = scans.flatMap((s) => s.notes);
  if (repeated > 0) notes.push(`${repeated} of ${all.length} images repeat another one: a split keeps them together`);
  for (const [a, b] of contradictions.slice(0, 3)) {
    notes.push(`${all.origin(a)} and ${all.origin(b)} are the same image in different classes: remove one`);
  }
  const partOf = (part: PartName) =>
    subset(
      all,
      kept.flatMap((image, i) => (image.part === part ? [i] : [])),
    );
  const has = (part: PartName) => kept.some((image) => image.part === part);
  for (const part of ['val', 'test'] as const) {
    const leaked = leaks(partOf('train'), partOf(part));
    if (leaked > 0)
      notes.push(`${leaked} of the images in ${part}/ are in train/ too: what is measured there is too good`);
  }
  return {
    name: root,
    train: scans.length === 1 ? all : partOf('train'),
    ...(has('val') && { val: partOf('val') }),
    ...(has('test') && { test: partOf('test') }),
    skipped,
    notes,
  };
}

type PartScan = Scan & { readonly part: PartName };

async function scan(root: string): Promise<PartScan[]> {
  if (!(await stat(root)).isDirectory()) {
    throw new OnwardError('input', `${root} is a file: expected a folder with a folder of images for each class`);
  }
  const { folders } = await listFolder(root);
  const parts = await partsOf(root, folders);
  const first = await scanClasses(root, parts ? 'train' : '');
  if (first.classes.length === 0) throw noImages(root);
  if (first.classes.length === 1) {
    throw new OnwardError(
      'input',
      `${join(root, parts ? 'train' : '')} has one class (${first.classes[0]}): expected a folder of images for each of at least two classes`,
    );
  }
  const scans: PartScan[] = [{ ...first, part: 'train' }];
  for (const part of parts ?? []) {
    if (part !== 'train') scans.push({ ...(await scanClasses(root, part, first.classes)), part });
  }
  return scans;
}

/** The parts, when the folders are `train/` and `val/` or `test/` and hold folders themselves. */
async function partsOf(root: string, folders: readonly string[]): Promise<PartName[] | undefined> {
  const parts = partNames.filter((part) => folders.includes(part));
  if (!parts.includes('train') || parts.length !== folders.length) return undefined;
  const inside = await listFolder(join(root, 'train'));
  return inside.folders.length > 0 ? parts : undefined;
}

function noImages(root: string): OnwardError {
  return new OnwardError(
    'input',
    `${root} has no images in folders: expected ${join(root, '<class>', '*.png')} (or .jpg, .webp), a folder for each class`,
  );
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

/**
 * The images that are kept, close together. Of gray ones the first channel alone: the luma of three equal channels is that
 * channel, so this is what fitting to one channel gives.
 */
function gather(pixels: Uint8Array, indices: readonly number[], spec: ImageSpec, gray: boolean): Uint8Array {
  const size = spec.width * spec.height * spec.channels;
  const step = gray ? spec.channels : 1;
  if (step === 1 && indices.length * size === pixels.length) return pixels;
  const out = new Uint8Array((indices.length * size) / step);
  let at = 0;
  for (const index of indices) {
    const image = pixels.subarray(index * size, (index + 1) * size);
    if (step === 1) {
      out.set(image, at);
      at += size;
    } else {
      for (let i = 0; i < size; i += step) out[at++] = image[i]!;
    }
  }
  return out;
}

function leaks(train: Dataset, part: Dataset): number {
  const seen = new Set(train.groups);
  return part.groups.reduce((sum, group) => sum + (seen.has(group) ? 1 : 0), 0);
}
