import { readFile } from 'node:fs/promises';
import { messageOf, OnwardError } from '../runtime/common/index.js';
import type { Dataset, Split } from './dataset.js';
import { parseCsv } from './text/csv.js';

/** The parts of a split file, in the order that lists of images stand in. */
const names = ['train', 'val', 'test'] as const;

/**
 * What a split file says of every image: a CSV file with the columns `image` (its origin as `onward data` prints it, its
 * path's end, or its number from 0) and `split` (train, val, test). Images that it does not name are in no part.
 * @returns the images of train, validation and test, in ascending order
 * @throws OnwardError kind `input`
 */
export async function readSplitFile(path: string, whole: Dataset): Promise<number[][]> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new OnwardError('input', `the split file ${path} cannot be read (${messageOf(cause)})`, { cause });
  });
  let rows: ReturnType<typeof parseCsv>;
  try {
    rows = parseCsv(text);
  } catch (cause) {
    throw new OnwardError('input', `the split file ${path}: ${messageOf(cause)}: correct that line`, { cause });
  }
  const head = rows[0]?.fields.map((name) => name.trim().toLowerCase()) ?? [];
  const [image, split] = [head.indexOf('image'), head.indexOf('split')];
  if (image < 0 || split < 0) {
    throw new OnwardError('input', `the split file ${path} has no first line with the columns image and split`);
  }
  const find = finder(whole);
  const parts: number[][] = [[], [], []];
  const taken = new Set<number>();
  for (const { line, fields } of rows.slice(1)) {
    const where = `the split file ${path}, line ${line}`;
    const part = names.indexOf(fields[split]?.trim() as (typeof names)[number]);
    if (part < 0) {
      throw new OnwardError('input', `${where}, has the split "${fields[split] ?? ''}": expected ${names.join(', ')}`);
    }
    const index = find(fields[image]!.trim());
    if (index === undefined) {
      throw new OnwardError(
        'input',
        `${where}, names "${fields[image]}", which is not in ${whole.name}: expected an image's path or its number from 0 to ${whole.length - 1}`,
      );
    }
    if (taken.has(index))
      throw new OnwardError('input', `${where}, names ${fields[image]} a second time: take one out`);
    taken.add(index);
    parts[part]!.push(index);
  }
  if (parts[0]!.length === 0) throw new OnwardError('input', `the split file ${path} has no images to train on`);
  return parts.map((images) => images.sort((a, b) => a - b));
}

/** By number, by origin, or by what follows the data set's name in it. */
function finder(whole: Dataset): (name: string) => number | undefined {
  const byOrigin = new Map<string, number>();
  for (let i = 0; i < whole.length; i++) {
    const origin = whole.origin(i);
    byOrigin.set(origin, i);
    if (origin.startsWith(`${whole.name}/`)) byOrigin.set(origin.slice(whole.name.length + 1), i);
  }
  return (name) => {
    const found = byOrigin.get(name);
    if (found !== undefined) return found;
    return /^\d{1,9}$/.test(name) && Number(name) < whole.length ? Number(name) : undefined;
  };
}

/** A split as such a file; images by their path below the data set's, where they have one. */
export function writeSplitFile(name: string, split: Partial<Split>): string {
  const quote = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = names.flatMap((part) => {
    const dataset = split[part];
    return Array.from({ length: dataset?.length ?? 0 }, (_, i) => {
      const origin = dataset!.origin(i);
      return `${quote(origin.startsWith(`${name}/`) ? origin.slice(name.length + 1) : origin)},${part}`;
    });
  });
  return `${['image,split', ...lines].join('\n')}\n`;
}
