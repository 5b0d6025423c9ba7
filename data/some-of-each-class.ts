import { random } from '../runtime/common/index.js';
import type { Dataset } from './dataset.js';

/** Of each class up to `count` images, chosen by the seed: their numbers in ascending order. */
export function someOfEachClass({ classes, labels, length }: Dataset, count: number, seed: number): number[][] {
  const byClass = classes.map((): number[] => []);
  for (const image of random('sheet', seed).permutation(length)) {
    const list = byClass[labels[image]!]!;
    if (list.length < count) list.push(image);
  }
  return byClass.map((list) => list.sort((a, b) => a - b));
}
