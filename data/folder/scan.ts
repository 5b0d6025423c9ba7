import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import { imageExtensions } from '../../runtime/image/index.node.js';
import { naturalOrder } from '../natural-order.js';
import type { Skipped } from '../source.js';

/** One image that was found, not yet opened. */
export interface Found {
  /** Below the root, with `/`. */
  readonly file: string;
  readonly label: number;
}

/** What lies below one folder of classes. */
export interface Scan {
  readonly classes: readonly string[];
  readonly images: readonly Found[];
  readonly skipped: readonly Skipped[];
  readonly notes: readonly string[];
}

/** Files that systems leave behind and nobody means. */
const leftBehind = new Set(['thumbs.db', 'desktop.ini', '__macosx']);

/** The visible entries of a folder in natural order, links followed. */
export async function listFolder(path: string): Promise<{ folders: string[]; files: string[] }> {
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of await entriesOf(path)) {
    if (entry.name.startsWith('.') || leftBehind.has(entry.name.toLowerCase())) continue;
    if (await isFolder(entry, join(path, entry.name))) folders.push(entry.name);
    else files.push(entry.name);
  }
  return { folders: folders.sort(naturalOrder), files: files.sort(naturalOrder) };
}

async function entriesOf(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (cause) {
    throw new OnwardError('input', `the folder ${path} cannot be listed: ${messageOf(cause)}`, { cause });
  }
}

async function isFolder(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  // A link into nowhere counts as a file: reading it will say what is wrong.
  return stat(path).then(
    (target) => target.isDirectory(),
    () => false,
  );
}

/**
 * Finds `<root>/<below>/<class>/*` with the extensions of images, in natural order of classes and files.
 *
 * @param known the classes that there must be at most; without it every folder is one
 * @throws OnwardError kind `input`: a class without a file, a class that `known` has not
 */
export async function scanClasses(root: string, below: string, known?: readonly string[]): Promise<Scan> {
  const base = join(root, below);
  const { folders, files } = await listFolder(base);
  const classes = known ?? folders.map((folder) => folder.normalize('NFC'));
  const images: Found[] = [];
  const skipped: Skipped[] = [];
  const notes: string[] = [];
  if (files.length > 0)
    notes.push(`${count(files.length, 'file')} directly in ${base} in no class, left out: ${some(files)}`);
  for (const folder of folders) {
    const label = classes.indexOf(folder.normalize('NFC'));
    if (label < 0) {
      throw new OnwardError(
        'input',
        `${base} has the class ${folder}, which train/ has not: expected ${classes.join(', ')}`,
      );
    }
    const inside = await listFolder(join(base, folder));
    if (inside.folders.length > 0) {
      notes.push(
        `${count(inside.folders.length, 'folder')} inside the class ${folder} not looked into: ${some(inside.folders)}`,
      );
    }
    const before = images.length;
    for (const name of inside.files) {
      const file = [below, folder, name].filter(Boolean).join('/');
      if (imageExtensions.has(extname(name).toLowerCase())) images.push({ file, label });
      else
        skipped.push({ file, reason: `${file} is not named .png, .jpg, .jpeg or .webp: rename it if it is an image` });
    }
    if (images.length === before && !known) {
      throw new OnwardError(
        'input',
        `the class ${folder} in ${base} has no image: put .png, .jpg or .webp files into it, or remove the folder`,
      );
    }
  }
  return { classes, images, skipped, notes };
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

function some(names: readonly string[]): string {
  return names.slice(0, 3).join(', ') + (names.length > 3 ? ', ...' : '');
}
