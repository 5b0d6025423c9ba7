import type { Dataset } from '../data/index.js';
import { OnwardError, unknownName } from '../runtime/common/index.js';

/** `balanced`, or the weight of each class by its name; 1 where none is given. */
export type ClassWeights = 'balanced' | { readonly [className: string]: number };

/**
 * What a mistake costs, for each class in the dataset's order. `balanced`: images / (classes * images of the class), as
 * scikit-learn's compute_class_weight has it; a class without images gets 1.
 * @throws OnwardError kind `usage` for a class that there is not, or a weight that is no number from 0 up
 */
export function classWeightsFor({ classes, labels }: Dataset, given: ClassWeights): number[] {
  if (given === 'balanced') {
    const counts = classes.map(() => 0);
    for (const label of labels) counts[label]!++;
    return counts.map((count) => (count === 0 ? 1 : labels.length / (classes.length * count)));
  }
  for (const [name, weight] of Object.entries(given)) {
    if (!classes.includes(name))
      throw new OnwardError('usage', `class weights: ${unknownName('class', name, [...classes])}`);
    if (!(weight >= 0 && Number.isFinite(weight))) {
      throw new OnwardError('usage', `class weights: expected a number from 0 up for ${name}, got ${weight}`);
    }
  }
  return classes.map((name) => (Object.hasOwn(given, name) ? given[name]! : 1));
}

/**
 * `balanced`, or `left=2,right=0.5`, as typed.
 * @throws OnwardError kind `usage`
 */
export function parseClassWeights(text: string): ClassWeights {
  if (text === 'balanced') return text;
  return Object.fromEntries(
    text.split(',').map((part) => {
      const [, name = '', weight = ''] = /^(.*)=([^=]+)$/.exec(part.trim()) ?? [];
      if (name !== '' && Number.isFinite(Number(weight))) return [name, Number(weight)];
      throw new OnwardError('usage', `--class-weights: expected balanced, or <class>=<weight>,..., got "${text}"`);
    }),
  );
}
