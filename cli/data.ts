import { Command, Option } from 'commander';
import {
  type Dataset,
  type Description,
  describe,
  type OpenedSource,
  orderChanges,
  type Split,
  splitAs,
  wholeOf,
  writeImageFolder,
  writeSplitFile,
} from '../data/index.js';
import { writeWhole } from '../machine/index.js';
import { OnwardError } from '../runtime/common/index.js';
import { type DatasetFlags, datasetOptions } from './lib/dataset-flags.js';
import { interruptSignal } from './lib/interrupt.js';
import { share, wholeNumber } from './lib/numbers.js';
import { openDataset } from './lib/open-dataset.js';
import { progress } from './lib/progress.js';
import { requireSheet, type SheetFlags, writeSheet } from './lib/sheet.js';
import { table } from './lib/table.js';

interface DataFlags extends DatasetFlags, SheetFlags {
  out?: string;
  splitOut?: string;
  json?: boolean;
}

/** The parts that a source comes with, or none. */
const ownParts = ({ train, val, test }: OpenedSource): Partial<Split> =>
  val || test ? { train, ...(val && { val }), ...(test && { test }) } : {};

/** How many images of each class each part has. */
function countsOf(classes: readonly string[], parts: Partial<Split>) {
  const counts: Record<string, number[]> = {};
  for (const [name, dataset] of Object.entries(parts) as [string, Dataset][]) {
    const list = classes.map(() => 0);
    for (const label of dataset.labels) list[label]!++;
    counts[name] = list;
  }
  return counts;
}

const number = (value: number) => value.toLocaleString('en');

function* lines(about: Description, parts: Partial<Split>): Generator<string> {
  const { name, images, shape, classes, mean, deviation, repeated, contradictions, groups, largestGroup, digest } =
    about;
  const [height, width, channels] = shape;
  yield `${name}: ${number(images)} images, ${width}x${height}, ${channels === 1 ? 'gray' : 'in colour'}, ${classes.length} classes`;
  const counts = countsOf(
    classes.map((found) => found.name),
    parts,
  );
  const head = Object.entries(counts).map(([part]) => part);
  yield '';
  yield table([
    ['class', 'images', 'share', ...head],
    ...classes.map((found, label) => [
      found.name,
      String(found.images),
      `${((found.images / images) * 100).toFixed(1)}%`,
      ...head.map((part) => String(counts[part]![label])),
    ]),
    ...(head.length > 0
      ? [['all', String(images), '100.0%', ...head.map((part) => String(counts[part]!.reduce((a, b) => a + b, 0)))]]
      : []),
  ]);
  yield '';
  const names = channels === 1 ? ['gray'] : ['red', 'green', 'blue'];
  yield `pixels      ${names.map((channel, c) => `${channel} ${mean[c]!.toFixed(2)} ± ${deviation[c]!.toFixed(2)}`).join(', ')} (mean ± standard deviation, of 0..255)`;
  yield `duplicates  ${repeated === 0 ? 'none' : `${number(repeated)} images repeat another one`}`;
  for (const [a, b] of contradictions) yield `            ${a} and ${b} are equal, in different classes`;
  if (groups < images)
    yield `groups      ${number(groups)} that stay together, the largest of ${number(largestGroup)} images`;
  yield `digest      ${digest}`;
}

async function writeFolder(path: string, whole: Dataset, parts: Partial<Split>, signal: AbortSignal): Promise<void> {
  const bar = progress('writing images');
  try {
    const named = Object.keys(parts).length > 0 ? parts : { '': whole };
    const onProgress = (done: number, total: number) => bar.update(done, total);
    await writeImageFolder(path, named as Record<string, Dataset>, { signal, onProgress });
  } finally {
    bar.stop();
  }
  if (orderChanges(whole)) {
    console.error(`note: read from ${path}, the classes stand in the order of their names, so the digest is another`);
  }
  console.error(`written to ${path}`);
}

export const dataCommand = new Command('data')
  .description('say what is in a dataset, draw a contact sheet of it, split it, write it as an image folder')
  .argument(
    '<dataset>',
    'mnist, street-digits[:<images>][,seed=<n>], svhn[:extra], an image folder, a manifest (.csv, .jsonl), or a folder of IDX, CIFAR or SVHN files',
  )
  .option('--sheet <file.png>', 'draw a contact sheet: a row a class; or the sheet of --augment or --preprocess there')
  .option('--columns <n>', 'images in a row of the sheet (default: 20; with --augment 8)', wholeNumber())
  .option(
    '--augment <recipe>',
    'draw a sheet before/after: a row an image, and beside it what training with this recipe may make of it',
  )
  .option(
    '--preprocess <recipes>',
    'draw a sheet before/after: images, and below them what each step before the first layer makes of them',
  )
  .option('--out <folder>', 'write it as an image folder of PNGs, whole or not at all; with --split in its parts')
  .option(
    '--split <how>',
    'how it would be divided: random, blocks (consecutive images stay together), or a split file',
  )
  .option('--split-out <file.csv>', 'write that down as a split file')
  .option('--val <share>', 'of the images, to validate on', share, 0.1)
  .option('--test <share>', 'of the images, kept for one look at the end', share, 0.2)
  .option('--seed <n>', 'same seed, same split and sheet', wholeNumber(0), 1)
  .option('--size <pixels>', 'side of the square that images are fitted to', wholeNumber(8))
  .addOption(new Option('--channels <n>', '1: gray, 3: colour (default: what the images are)').choices(['1', '3']))
  .addOption(
    new Option('--fit <how>', 'how images are fitted (default: contain)').choices(['contain', 'cover', 'stretch']),
  )
  .option('--strict', 'an unreadable image is an error, not skipped')
  .option('--json', 'print everything as JSON')
  .addHelpText(
    'after',
    '\nExamples:\n  $ npx onward data photos/ --sheet sheet.png\n  $ npx onward data street-digits:1000 --augment small-cnn\n  $ npx onward data photos/ --preprocess simplenet,accurate --sheet steps.png\n  $ npx onward data mnist --split blocks --out digits/\n',
  )
  .action(async (name: string, flags: DataFlags) => {
    requireSheet(flags);
    if (flags.splitOut !== undefined && flags.split === undefined) {
      throw new OnwardError('usage', '--split-out needs --split random, blocks or a split file to write down');
    }
    const signal = interruptSignal();
    const { seed, val, test } = flags;
    const source = await openDataset(name, { signal, ...datasetOptions(flags) });
    const whole = wholeOf(source);
    const parts: Partial<Split> =
      flags.split === undefined ? ownParts(source) : await splitAs(flags.split, source, { seed, val, test });
    const bar = progress('looking');
    const about = await describe(whole, { signal, onProgress: (done, total) => bar.update(done, total) });
    bar.stop();
    if (flags.json) {
      const split = countsOf(whole.classes, parts);
      const { skipped, notes } = source;
      console.log(JSON.stringify({ ...about, ...(Object.keys(split).length > 0 && { split }), skipped, notes }));
    } else {
      for (const line of lines(about, parts)) console.log(line);
    }
    if (flags.splitOut !== undefined) {
      await writeWhole(flags.splitOut, writeSplitFile(whole.name, parts));
      console.error(`${flags.splitOut}: the split, an image a line`);
    }
    await writeSheet(whole, flags);
    if (flags.out !== undefined) await writeFolder(flags.out, whole, parts, signal);
  });
