/** Dataset -> run folder. */
export * from './augment/index.js';
export { type ChosenBackend, chooseBackend } from './backends/index.js';
export { summaryOf } from './build.js';
export type { TrainProgress } from './progress.js';
export type { NetworkSpec, Recipe } from './recipe.js';
export { recipeByName, recipes } from './recipes/index.js';
export { type EpochRow, freeRunPath, requireFreePath } from './run-folder.js';
export { warmupCosine } from './schedule.js';
export { formatSummary, type LayerRow, type Summary, summarize } from './summary.js';
export { type Run, type TrainOptions, train } from './train.js';
