import { trainingStep } from './training.js';

/** The six recipes of the published study, in its order. */
export const trainings = {
  denseRgb: trainingStep('dense-rgb'),
  denseGray: trainingStep('dense-gray'),
  denseRegularized: trainingStep('dense-regularized'),
  simplenet: trainingStep('simplenet'),
  simplenetAugmented: trainingStep('simplenet-augmented'),
  vgg16Finetune: trainingStep('vgg16-finetune'),
} as const;
