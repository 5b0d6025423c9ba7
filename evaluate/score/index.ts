/** A model on labelled images. */
export { alignLabels } from './align-labels.js';
export { type EvaluateOptions, evaluate, gainOf } from './evaluate.js';
export type { Evaluation, TtaResult } from './evaluation.js';
export { fittedTo } from './fitted.js';
export { openSourceFor } from './open-source-for.js';
export { type Part, type PartName, partNames, partOf, trainingParts } from './part.js';
export { type PredictedAhead, predictAhead } from './predict-ahead.js';
export { type PredictedAll, predictAll } from './predict-all.js';
