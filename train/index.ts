/** Dataset -> run folder. */
export * from './augment/index.js';
export { type AugmentationSheetOptions, augmentationSheet } from './augmentation-sheet.js';
export * from './backbones/index.js';
export { type ChosenBackend, chooseBackend, requireBackendName } from './backends/index.js';
export { type Batch, type BatchOptions, trainingBatches } from './batches.js';
export { summaryOf } from './build.js';
export { type Progress, readProgress } from './checkpoint/index.js';
export { type ClassWeights, classWeightsFor, parseClassWeights } from './class-weights.js';
export { type Network, type NetworkOptions, network } from './network.js';
export {
  type PreprocessingRow,
  type PreprocessingSheet,
  type PreprocessingSheetOptions,
  preprocessingSheet,
} from './preprocessing-sheet.js';
export type { TrainProgress } from './progress.js';
export type { NetworkSpec, Recipe } from './recipe.js';
export { recipeByName, recipes } from './recipes/index.js';
export { type Extremes, extremes, formatExtremes } from './report/index.js';
export { type EpochRow, freeRunPath, readHistory, requireFreePath, requireRunOrFree } from './run-folder.js';
export {
  constant,
  outOfPatience,
  plateauFactor,
  type Schedule,
  scaledTo,
  stepDecay,
  warmupCosine,
} from './schedule.js';
export { fields as settingFields, parseSettings, resolveSettings, type Settings } from './settings/index.js';
export { formatSummary, type LayerRow, type Summary, summarize } from './summary.js';
export { ranked, type SweepOptions, type SweepPoint, type SweepRow, sweep, sweepPoints } from './sweep.js';
export { type Run, type TrainOptions, train } from './train.js';
