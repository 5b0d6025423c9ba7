import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OnwardError } from '../../runtime/common/index.js';
import { openImages, type PartName, partNames } from '../folder/open-images.js';
import { listFolder, type Scan, scanClasses } from '../folder/scan.js';
import type { OpenedSource, Source, SourceOptions } from '../source.js';

/**
 * An image folder: `<root>/<class>/*.png|jpg|jpeg|webp`, or the same below `train/`, `val/` and `test/`, of which `train/`
 * must be there. Decoded and fitted in worker threads. Images of equal content share a group.
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
  const images = scans.flatMap(({ part, images: found }) => found.map((image) => ({ ...image, part })));
  if (images.length === 0) throw noImages(root);
  const listing = {
    name: root,
    root,
    classes: scans[0]!.classes,
    images,
    skipped: scans.flatMap(({ skipped }) => skipped),
    notes: scans.flatMap(({ notes }) => notes),
  };
  return openImages(listing, options);
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
