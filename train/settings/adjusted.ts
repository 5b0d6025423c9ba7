import { OnwardError } from '../../runtime/common/index.js';
import { type ImageShape, type PreprocessingStep, usualSteps } from '../../runtime/model/index.js';
import { type Augmentation, digits, photographs, streetNumbers } from '../augment/index.js';
import type { Recipe } from '../recipe.js';
import { grayWithContrast } from '../recipes/parts/to-gray.js';
import type { Settings } from './settings.js';

type Augment = (shape: readonly [number, number, 1 | 3]) => readonly Augmentation[];

/** What `augment` may be besides `recipe`. To add one, write a set in `train/augment/sets/` and list it here. */
const augments: Readonly<Record<string, Augment>> = {
  none: () => [],
  digits,
  'street-numbers': streetNumbers,
  photographs,
};

/** Of the usual ways to prepare images, those that are for gray and colour alike, and three more. */
const preprocesses: Readonly<Record<string, (shape: ImageShape) => readonly PreprocessingStep[]>> = {
  none: () => usualSteps.none,
  unit: () => usualSteps.unit,
  tf: () => usualSteps.tf,
  standardize: () => [{ kind: 'standardize' }],
  gray: ([, , channels]) => [...(channels === 3 ? [{ kind: 'grayscale' } as const] : []), ...usualSteps.unit],
  'gray-contrast': grayWithContrast,
};

export const augmentNames = ['recipe', ...Object.keys(augments)];
export const preprocessNames = ['recipe', ...Object.keys(preprocesses)];

/**
 * A recipe with the augmentation and the preprocessing that somebody wants in place of its own.
 * @throws OnwardError kind `usage` for another preprocessing than the one with which weights were trained
 */
export function adjusted(recipe: Recipe, { augment, preprocess }: Pick<Settings, 'augment' | 'preprocess'>): Recipe {
  if (preprocess !== 'recipe' && (recipe.stages || recipe.backbone)) {
    throw new OnwardError(
      'usage',
      `preprocess=${preprocess}: ${recipe.name} begins with weights that were trained with its own preprocessing; leave it out`,
    );
  }
  const [augmentation, preprocessing] = [augments[augment], preprocesses[preprocess]];
  return { ...recipe, ...(augmentation && { augmentation }), ...(preprocessing && { preprocessing }) };
}
