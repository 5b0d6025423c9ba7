import { type Dataset, type Split, subset } from '../data/index.js';
import { fittedTo } from '../evaluate/index.js';
import { OnwardError, random } from '../runtime/common/index.js';

/** Pixels of the sides of the study's images. */
export const side = 32;

/** Of a class that has them, so many images stay in every part, however small the scale. */
const fewest = 2;

/** @throws OnwardError kind `usage` for a scale that is no share */
export function requireScale(scale: number): void {
  if (scale > 0 && scale <= 1) return;
  throw new OnwardError('usage', `expected the scale to be a share above 0, at most 1, got ${scale}`);
}

const eachPart = (split: Split, change: (part: Dataset, name: keyof Split) => Dataset): Split => ({
  train: change(split.train, 'train'),
  val: change(split.val, 'val'),
  test: change(split.test, 'test'),
});

/**
 * A share of the images of each part, chosen by the seed: of every class that share, and at least two. They stay in their order.
 * @param scale above 0, at most 1: all images
 */
export function scaledSplit(split: Split, scale: number, seed: number): Split {
  if (scale === 1) return split;
  return eachPart(split, (part, name) => {
    const counts = part.classes.map(() => 0);
    for (const label of part.labels) counts[label]!++;
    // What rounding owes one class the next one gets, so that the part has its share, too.
    let owed = 0;
    const left = counts.map((count) => {
      const exact = owed + count * scale;
      const quota = Math.min(count, Math.max(fewest, Math.round(exact)));
      owed = Math.max(-0.5, Math.min(0.5, exact - quota));
      return quota;
    });
    const chosen: number[] = [];
    for (const image of random('scale', name, seed).permutation(part.length)) {
      const label = part.labels[image]!;
      if (left[label]! === 0) continue;
      left[label]!--;
      chosen.push(image);
    }
    return subset(
      part,
      chosen.sort((a, b) => a - b),
    );
  });
}

/** The images at 32x32, and with so many channels where that is said. */
export const fittedSplit = (split: Split, channels?: 1 | 3): Split =>
  eachPart(split, (part) =>
    fittedTo(part, { ...part.spec, width: side, height: side, channels: channels ?? part.shape[2] }),
  );
