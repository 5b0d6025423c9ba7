import { OnwardError, type Random, random } from '../runtime/common/index.js';
import type { Dataset, Split } from './dataset.js';
import type { OpenedSource } from './source.js';
import { divideBlocks } from './split-blocks.js';
import { readSplitFile } from './split-file.js';
import { subset } from './subset.js';
import { wholeOf } from './whole.js';

export interface SplitOptions {
  readonly seed?: number;
  /**
   * `random`: every class by its share; `blocks`: consecutive runs stay together, for images in a meaningful order
   * (`divideBlocks`). Default: `random`.
   */
  readonly how?: 'random' | 'blocks';
  /** Share of the undivided images that validate, where the source has no such part. Default: 0.1. */
  readonly val?: number;
  /** Share of the undivided images kept for the end, where the source has no such part. Default: 0.2. */
  readonly test?: number;
}

/**
 * Train, validation and test part. Parts that the source comes with stay as they are; missing ones are cut out of `train`,
 * by the seed: every class within one image of its share, and no group on two sides. Where groups of several images make
 * that impossible, the largest are placed first, each where most is missing.
 * Every class is in every part that is cut.
 *
 * @throws OnwardError kind `usage` for shares that are no shares, `input` when a class has fewer images than there are parts, or a part would be empty
 */
export function splitDataset(
  source: Pick<OpenedSource, 'train' | 'val' | 'test'> & { readonly name?: string },
  { seed = 1, val = 0.1, test = 0.2, how = 'random' }: SplitOptions = {},
): Split {
  if (!(val >= 0 && test >= 0 && val + test < 1)) {
    throw new OnwardError(
      'usage',
      `expected shares for validation and test from 0 up, together below 1, got ${val} and ${test}`,
    );
  }
  const whole = source.train;
  const shares = [source.val ? 0 : val, source.test ? 0 : test] as const;
  requireEnough(whole, shares);
  const parts = how === 'blocks' ? divideBlocks(whole, shares, seed) : divide(whole, shares, random('split', seed));
  const empty = ['validation', 'test'].find((_, i) => shares[i]! > 0 && parts[i + 1]!.length === 0);
  if (empty) {
    throw new OnwardError(
      'input',
      `${whole.name} has too few images, or too large groups, to split: none of its ${whole.length} would be left for ${empty}; add images, at least 3 a class`,
    );
  }
  return {
    train: shares[0] === 0 && shares[1] === 0 ? whole : subset(whole, parts[0]!),
    val: source.val ?? subset(whole, parts[1]!),
    test: source.test ?? subset(whole, parts[2]!),
  };
}

/**
 * The same, as a person says it: `random`, `blocks`, or a split file (`readSplitFile`), which goes before the parts that
 * the source comes with.
 */
export async function splitAs(
  how: string,
  source: Pick<OpenedSource, 'name' | 'train' | 'val' | 'test'>,
  options: Omit<SplitOptions, 'how'> = {},
): Promise<Split> {
  if (how === 'random' || how === 'blocks') return splitDataset(source, { ...options, how });
  const whole = wholeOf({ ...source, skipped: [], notes: [] });
  const [train, val, test] = (await readSplitFile(how, whole)).map((images) => subset(whole, images));
  return { train: train!, val: val!, test: test! };
}

/** The images of train, validation and test, each list in ascending order. */
function divide(whole: Dataset, shares: readonly [number, number], rng: Random): number[][] {
  const missing = quotas(countClasses(whole), shares);
  const parts: number[][] = [[], [], []];
  for (const members of groupsInOrder(whole, rng)) {
    const part = neediest(missing, members, whole.labels);
    for (const image of members) {
      parts[part]!.push(image);
      missing[part]![whole.labels[image]!]!--;
    }
  }
  return parts.map((images) => images.sort((a, b) => a - b));
}

/** One image of each class for every part. @throws OnwardError kind `input` naming the smallest class */
function requireEnough(whole: Dataset, shares: readonly [number, number]): void {
  const parts = ['training', ...['validation', 'test'].filter((_, i) => shares[i]! > 0)];
  const counts = countClasses(whole).map((count, label) => ({ count, label }));
  const smallest = counts.filter(({ count }) => count > 0).sort((a, b) => a.count - b.count)[0];
  if (!smallest || smallest.count >= parts.length) return;
  const { count, label } = smallest;
  const listed = `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
  throw new OnwardError(
    'input',
    `the class ${whole.classes[label]} of ${whole.name} has ${count === 1 ? 'one image' : `${count} images`}: expected at least ${parts.length}, one each for ${listed}; ${count === 2 ? 'add images, take the class out, or leave a part out (--test 0)' : 'add images, or take the class out'}`,
  );
}

function countClasses(whole: Dataset): number[] {
  const counts = whole.classes.map(() => 0);
  for (const label of whole.labels) counts[label]!++;
  return counts;
}

/** How many images of each class each part wants; the shares' rounding is carried from class to class, so totals are right too. */
function quotas(counts: readonly number[], shares: readonly [number, number]): [number[], number[], number[]] {
  const wanted: [number[], number[], number[]] = [[], [], []];
  const carried = [0, 0];
  for (const count of counts) {
    let left = count;
    const least = shares.map((share) => (share > 0 && count >= 3 ? 1 : 0));
    for (const [i, share] of shares.entries()) {
      const exact = carried[i]! + count * share;
      // At least one image stays for training, and one for the part after this one.
      const most = left - 1 - (i === 0 ? least[1]! : 0);
      const quota = Math.max(0, Math.min(most, Math.max(least[i]!, Math.round(exact))));
      // What is owed stays under one image, so that one class's minimum is not taken from many others.
      carried[i] = Math.max(-0.5, Math.min(0.5, exact - quota));
      wanted[i + 1]!.push(quota);
      left -= quota;
    }
    wanted[0].push(left);
  }
  return wanted;
}

/** Groups in random order, large before small: what is left to the end can fill every gap. */
function groupsInOrder(whole: Dataset, rng: Random): number[][] {
  const byGroup = new Map<number, number[]>();
  for (const image of rng.permutation(whole.length)) {
    const group = whole.groups[image]!;
    const members = byGroup.get(group);
    if (members) members.push(image);
    else byGroup.set(group, [image]);
  }
  return [...byGroup.values()].sort((a, b) => b.length - a.length);
}

/**
 * The part for a group: the one where the fewest of its images are too many, and among these the one that, for the
 * group's classes, is the emptiest against what it still wants.
 */
function neediest(missing: readonly number[][], members: readonly number[], labels: Uint32Array): number {
  const perClass = new Map<number, number>();
  for (const image of members) perClass.set(labels[image]!, (perClass.get(labels[image]!) ?? 0) + 1);
  let best = 0;
  let bestExcess = Number.POSITIVE_INFINITY;
  let bestNeed = Number.NEGATIVE_INFINITY;
  for (const [part, wants] of missing.entries()) {
    let excess = 0;
    let need = 0;
    for (const [label, count] of perClass) {
      excess += Math.max(0, count - Math.max(0, wants[label]!));
      need += wants[label]!;
    }
    if (excess < bestExcess || (excess === bestExcess && need > bestNeed)) {
      best = part;
      bestExcess = excess;
      bestNeed = need;
    }
  }
  return best;
}
