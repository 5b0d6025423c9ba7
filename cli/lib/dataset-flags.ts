import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type OpenedSource, type Split, splitAs } from '../../data/index.js';
import type { RunInfo } from '../../runtime/model/index.js';
import { share, wholeNumber } from './numbers.js';
import { openDataset } from './open-dataset.js';

/** How images are read and divided. */
export interface DatasetFlags {
  seed: number;
  size?: number;
  channels?: '1' | '3';
  fit?: 'contain' | 'cover' | 'stretch';
  split?: string;
  val: number;
  test: number;
  strict?: boolean;
}

export const withDatasetFlags = (command: Command): Command =>
  command
    .option(
      '--size <pixels>',
      'side of the square that images are fitted to (default: their own when all are equal and small, else 64)',
      wholeNumber(8),
    )
    .addOption(new Option('--channels <n>', '1: gray, 3: colour (default: what the images are)').choices(['1', '3']))
    .addOption(
      new Option('--fit <how>', 'contain: whole, with a margin; cover: filled, cut; default: contain').choices([
        'contain',
        'cover',
        'stretch',
      ]),
    )
    .option('--split <how>', 'random, blocks (consecutive images stay together), or a split file (default: random)')
    .option('--val <share>', 'of the images, to validate on', share, 0.1)
    .option('--test <share>', 'of the images, kept for one look at the end', share, 0.2)
    .option('--strict', 'an unreadable image is an error, not skipped');

/** How images are read, as the flags say. */
export const datasetOptions = ({ size, channels, fit, strict }: DatasetFlags) => ({
  ...(size !== undefined && { size }),
  ...(channels && { channels: Number(channels) as 1 | 3 }),
  ...(fit && { fit }),
  ...(strict && { strict }),
});

/** Opens a dataset and divides it, and says what came of it. */
export async function openSplit(
  dataset: string,
  flags: DatasetFlags,
  signal: AbortSignal,
): Promise<{ source: OpenedSource; parts: Split; cut: RunInfo['split'] }> {
  const { seed, val, test, split = 'random' } = flags;
  const source = await openDataset(dataset, { signal, ...datasetOptions(flags) });
  const parts = await splitAs(split, source, { seed, val, test });
  const { train: t } = parts;
  console.error(
    `${source.name}: ${t.length} images to train, ${parts.val.length} to validate, ${parts.test.length} to test; ${t.classes.length} classes, ${t.shape.join('x')}`,
  );
  if (split === 'random') return { source, parts, cut: { seed, val, test } };
  if (split === 'blocks') return { source, parts, cut: { seed, val, test, how: split } };
  return { source, parts, cut: { seed, val: 0, test: 0 } };
}

/** A path as it is from every folder; what names no file (`mnist`) as it is. */
export const fromAnywhere = (given: string): Promise<string> =>
  stat(given).then(
    () => resolve(given),
    () => given,
  );
