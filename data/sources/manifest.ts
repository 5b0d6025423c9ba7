import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import { type Listed, openImages, type PartName } from '../folder/open-images.js';
import { naturalOrder } from '../natural-order.js';
import type { Source } from '../source.js';
import { parseCsv } from '../text/csv.js';

const manifestFile = /\.(csv|tsv|jsonl|ndjson)$/i;
/** What the columns may be called. */
const columns = {
  path: ['path', 'file', 'filename', 'image'],
  label: ['label', 'class'],
  group: ['group'],
  split: ['split', 'part', 'subset'],
} as const;
type Column = keyof typeof columns;
const splits: Readonly<Record<string, PartName>> = {
  train: 'train',
  training: 'train',
  val: 'val',
  valid: 'val',
  validation: 'val',
  test: 'test',
};

/** One image as the manifest has it. */
type Entry = Partial<Record<Column, string>> & { readonly line: number };

/**
 * A list of images: `.csv` (or `.tsv`) with a header, or `.jsonl` with an object a line; `path` (below the list's folder, or
 * absolute) and `label`, and where wanted `group` (images that belong together) and `split` (train, val, test).
 */
export const manifest: Source = {
  name: 'manifest',
  matches: async (path) =>
    manifestFile.test(path) &&
    stat(path).then(
      (found) => found.isFile(),
      () => false,
    ),
  async open(path, options) {
    const root = dirname(path);
    const entries = await readEntries(path);
    const listed = entries.map((entry) => toListed(path, root, entry));
    const classes = [...new Set(listed.map(({ name }) => name))].sort(naturalOrder);
    if (classes.length < 2) {
      throw new OnwardError('input', `${path} has ${classes.length} classes: expected labels of at least two`);
    }
    const labels = new Map(classes.map((name, label) => [name, label]));
    const images = listed.map(({ name, ...image }): Listed => ({ ...image, label: labels.get(name)! }));
    await requireFiles(path, root, entries, images);
    const untrained = classes.find(
      (_, label) => !images.some((image) => image.label === label && image.part === 'train'),
    );
    if (untrained !== undefined) {
      throw new OnwardError('input', `${path} has no image of the class ${untrained} in train: put some there`);
    }
    return openImages({ name: path, root, classes, images, skipped: [], notes: [] }, options);
  },
};

async function readEntries(path: string): Promise<Entry[]> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new OnwardError('input', `${path} cannot be read (${messageOf(cause)})`, { cause });
  });
  const entries = /\.(csv|tsv)$/i.test(path) ? fromCsv(path, text) : fromJsonLines(path, text);
  if (entries.length === 0) throw new OnwardError('input', `${path} lists no images: expected a line for each`);
  return entries;
}

function fromCsv(path: string, text: string): Entry[] {
  let rows: ReturnType<typeof parseCsv>;
  try {
    rows = parseCsv(text, /\.tsv$/i.test(path) ? '\t' : ',');
  } catch (cause) {
    throw new OnwardError('input', `${path}: ${messageOf(cause)}: correct that line`, { cause });
  }
  const [head, ...rest] = rows;
  const names = (head?.fields ?? []).map((name) => name.trim().toLowerCase());
  const place = (column: Column) => names.findIndex((name) => (columns[column] as readonly string[]).includes(name));
  if (place('path') < 0 || place('label') < 0) {
    throw new OnwardError(
      'input',
      `${path} has the columns ${names.join(', ') || 'of an empty file'}: expected a first line with path and label (and, where wanted, group and split)`,
    );
  }
  return rest.map(({ line, fields }) => {
    if (fields.length !== names.length) {
      throw new OnwardError(
        'input',
        `${path} line ${line} has ${fields.length} fields: expected ${names.length}, as in the first line; put fields with commas in quotes`,
      );
    }
    const entry: { line: number } & Partial<Record<Column, string>> = { line };
    for (const column of Object.keys(columns) as Column[]) {
      if (place(column) >= 0) entry[column] = fields[place(column)]!.trim();
    }
    return entry;
  });
}

function fromJsonLines(path: string, text: string): Entry[] {
  return text.split('\n').flatMap((content, i) => {
    if (content.trim() === '') return [];
    const wrong = (what: string) =>
      new OnwardError('input', `${path} line ${i + 1} ${what}: expected {"path": "...", "label": "..."}`);
    let found: unknown;
    try {
      found = JSON.parse(content.replace(/^\uFEFF/, ''));
    } catch {
      throw wrong('is no JSON');
    }
    if (typeof found !== 'object' || found === null || Array.isArray(found)) throw wrong('is no object');
    const entry: { line: number } & Partial<Record<Column, string>> = { line: i + 1 };
    for (const column of Object.keys(columns) as Column[]) {
      const name = columns[column].find((candidate) => Object.hasOwn(found, candidate));
      const value = name === undefined ? undefined : (found as Record<string, unknown>)[name];
      if (value === undefined || value === null) continue;
      if (typeof value !== 'string' && typeof value !== 'number') throw wrong(`has a ${column} that is no text`);
      entry[column] = String(value);
    }
    return [entry];
  });
}

function toListed(path: string, root: string, { line, ...entry }: Entry): Omit<Listed, 'label'> & { name: string } {
  for (const column of ['path', 'label'] as const) {
    if (!entry[column])
      throw new OnwardError('input', `${path} line ${line} has no ${column}: write one or take the line out`);
  }
  const part = entry.split ? splits[entry.split.toLowerCase()] : 'train';
  if (!part) {
    throw new OnwardError('input', `${path} line ${line} has the split "${entry.split}": expected train, val or test`);
  }
  const file = isAbsolute(entry.path!) ? relative(root, entry.path!) : entry.path!;
  return {
    file: file.split(sep).join('/'),
    name: entry.label!.normalize('NFC'),
    part,
    ...(entry.group && { group: entry.group }),
  };
}

async function requireFiles(
  path: string,
  root: string,
  entries: readonly Entry[],
  images: readonly Listed[],
): Promise<void> {
  const missing: number[] = [];
  for (const [i, { file }] of images.entries()) {
    const there = await stat(join(root, file)).then(
      (found) => found.isFile(),
      () => false,
    );
    if (!there) missing.push(i);
  }
  const [first] = missing;
  if (first === undefined) return;
  const more = missing.length > 1 ? ` (and ${missing.length - 1} more)` : '';
  throw new OnwardError(
    'input',
    `${path} line ${entries[first]!.line} names ${images[first]!.file}, which is not there${more}: paths count from ${root || '.'}; correct them or take the lines out`,
  );
}
