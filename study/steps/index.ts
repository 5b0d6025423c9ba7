import type { Step } from '../step.js';
import { activations } from './activations.js';
import { confusion } from './confusion.js';
import { mistakes } from './mistakes.js';
import { neighbours } from './neighbours.js';
import { trainings } from './trainings.js';
import { tta } from './tta.js';

/** The study, in this order: what a step needs stands before it. */
export const steps: readonly Step[] = [
  ...Object.values(trainings),
  ...[confusion, mistakes, tta, activations, neighbours],
];

export { type ActivationsResult, activations } from './activations.js';
export { type ConfusionResult, confusion } from './confusion.js';
export { type MistakesResult, mistakes } from './mistakes.js';
export { type NeighboursResult, neighbours } from './neighbours.js';
export type { Accuracy } from './shared.js';
export type { TrainingResult } from './training.js';
export { trainings } from './trainings.js';
export { type TtaStepResult, tta } from './tta.js';
