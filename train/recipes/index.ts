import { OnwardError, unknownName } from '../../runtime/common/index.js';
import type { Recipe } from '../recipe.js';
import { accurate } from './accurate.js';
import { denseGray } from './dense-gray.js';
import { denseRegularized } from './dense-regularized.js';
import { denseRgb } from './dense-rgb.js';
import { simplenet } from './simplenet.js';
import { simplenetAugmented } from './simplenet-augmented.js';
import { smallCnn } from './small-cnn.js';
import { vgg16Finetune } from './vgg16-finetune.js';

/** Every recipe; the first is the default. To add one, write it in a file and list it here. */
export const recipes: readonly Recipe[] = [
  smallCnn,
  accurate,
  denseRgb,
  denseGray,
  denseRegularized,
  simplenet,
  simplenetAugmented,
  vgg16Finetune,
];

/** @throws OnwardError kind `usage` with the closest name */
export function recipeByName(name: string): Recipe {
  const found = recipes.find((recipe) => recipe.name === name);
  if (found) return found;
  throw new OnwardError(
    'usage',
    unknownName(
      'recipe',
      name,
      recipes.map((recipe) => recipe.name),
    ),
  );
}
