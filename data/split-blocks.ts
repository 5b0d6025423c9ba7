import { OnwardError, random } from '../runtime/common/index.js';
import type { Dataset } from './dataset.js';

/**
 * Cuts images that stand in a meaningful order (photographs of one series, of one person, digits of one number after
 * another) into three consecutive runs, so that neighbours stay together: validation, then test, then training, from a place
 * that the seed chooses and round the end. Where the images stand class by class, each class is cut at the same places:
 * what stands at the same place in two classes, as one person's pictures often do, comes to the same side. A group that a cut
 * would part goes where its first image goes.
 *
 * @returns the images of train, validation and test, in ascending order
 */
export function divideBlocks(whole: Dataset, shares: readonly [number, number], seed: number): number[][] {
  const start = random('blocks', seed).next();
  const parts: number[][] = [[], [], []];
  const part = new Uint8Array(whole.length);
  for (const run of runsOf(whole)) {
    for (const [i, image] of run.entries()) {
      // From the middle of its place, so that a part of no share gets nothing.
      const at = ((i + 0.5) / run.length + 1 - start) % 1;
      part[image] = at < shares[0] ? 1 : at < shares[0] + shares[1] ? 2 : 0;
    }
  }
  const sides = new Map<number, number>();
  for (const [image, group] of whole.groups.entries()) {
    if (!sides.has(group)) sides.set(group, part[image]!);
  }
  for (const [image, group] of whole.groups.entries()) parts[sides.get(group)!]!.push(image);
  requireClasses(whole, shares, parts);
  return parts;
}

/** The classes' images where they stand class by class, else all images. */
function runsOf({ labels, classes, length }: Dataset): number[][] {
  const sorted = labels.every((label, i) => i === 0 || labels[i - 1]! <= label);
  if (!sorted) return [Array.from({ length }, (_, i) => i)];
  const runs = classes.map((): number[] => []);
  for (const [image, label] of labels.entries()) runs[label]!.push(image);
  return runs.filter((run) => run.length > 0);
}

function requireClasses(whole: Dataset, shares: readonly [number, number], parts: readonly number[][]): void {
  const present = new Set(whole.labels);
  for (const [i, name] of ['training', 'validation', 'test'].entries()) {
    if (i > 0 && shares[i - 1] === 0) continue;
    const found = new Set(parts[i]!.map((image) => whole.labels[image]));
    const missing = whole.classes.find((_, label) => present.has(label) && !found.has(label));
    if (missing === undefined) continue;
    throw new OnwardError(
      'input',
      `${whole.name} cannot be split by blocks so that every part has every class: the class ${missing} would have no image for ${name}; add images, choose another seed, or split at random`,
    );
  }
}
