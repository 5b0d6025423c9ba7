import { OnwardError, unknownName } from '../../runtime/common/index.js';
import type { Recipe } from '../recipe.js';
import { smallCnn } from './small-cnn.js';

/** Every recipe; the first is the default. To add one, write it in a file and list it here. */
export const recipes: readonly Recipe[] = [smallCnn];

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
