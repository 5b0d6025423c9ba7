import type { Step } from './step.js';
import { type Accuracy, confusion, neighbours, type TrainingResult, trainings, tta } from './steps/index.js';

/** What a step gave, where it was done. */
export type Results = <R>(step: Step<R>) => R | undefined;

/** A number that the published study has, and where ours comes from. */
export interface PublishedFigure {
  readonly id: string;
  /** As the first column has it. */
  readonly what: string;
  /** How ours is measured. */
  readonly meaning: string;
  /** A share of the images, 0..1. */
  readonly published: number;
  /** The step that measures ours. */
  readonly step: Step;
  /** Undefined where it was not measured. */
  ours(results: Results): Pick<Accuracy, 'value' | 'images'> | undefined;
}

/** A figure whose number a step gives. */
function figureOf<R>(
  step: Step<R>,
  given: Omit<PublishedFigure, 'step' | 'ours'>,
  read: (result: R) => Pick<Accuracy, 'value' | 'images'>,
): PublishedFigure {
  return {
    ...given,
    step,
    ours(results) {
      const result = results(step);
      return result && read(result);
    },
  };
}

const validation = (step: Step<TrainingResult>, published: number) =>
  figureOf(
    step,
    {
      id: `${step.name}-validation`,
      what: `${step.name}, validation`,
      meaning:
        'of the validation images the share that is right, by the weights of the epoch with the smallest val_loss',
      published,
    },
    ({ metrics, images }) => ({ value: metrics.val_accuracy!, images: images.val }),
  );

/**
 * The published accuracies on SVHN, in the order of the page.
 *
 * | rows | what they mean |
 * |---|---|
 * | `<recipe>-validation` | the network that training kept, on the part that chose it |
 * | `simplenet-augmented-test` | the exported file on the test part, each image once |
 * | `simplenet-augmented-test-tta` | the same, the mean over augmented images |
 * | `neighbours-*` | 15 nearest training images by Euclidean distance, a vote each, in the 512 numbers that the fine-tuned VGG16's convolutions give |
 */
export const publishedFigures: readonly PublishedFigure[] = [
  validation(trainings.denseRgb, 0.845),
  validation(trainings.denseGray, 0.857),
  validation(trainings.denseRegularized, 0.887),
  validation(trainings.simplenet, 0.957),
  validation(trainings.simplenetAugmented, 0.966),
  validation(trainings.vgg16Finetune, 0.932),
  figureOf(
    confusion,
    {
      id: 'simplenet-augmented-test',
      what: 'simplenet-augmented, test',
      meaning: 'of the test images the share that the exported file gets right',
      published: 0.964,
    },
    ({ accuracy }) => accuracy,
  ),
  figureOf(
    tta,
    {
      id: 'simplenet-augmented-test-tta',
      what: 'the same, with test-time augmentation',
      meaning: 'the same images, the probabilities averaged over augmented draws of each',
      published: 0.966,
    },
    ({ averaged }) => averaged,
  ),
  figureOf(
    neighbours,
    {
      id: 'neighbours-validation',
      what: 'nearest neighbours on VGG16, validation',
      meaning: 'of the validation images the share that the 15 nearest training images vote right',
      published: 0.9275,
    },
    ({ val }) => val.accuracy,
  ),
  figureOf(
    neighbours,
    {
      id: 'neighbours-test',
      what: 'nearest neighbours on VGG16, test',
      meaning: 'the same of the test images',
      published: 0.9268,
    },
    ({ test }) => test.accuracy,
  ),
];

/** The published numbers of parameters, all and those that are not trained. */
export const publishedParameters: { readonly [recipe: string]: { readonly total: number; readonly fixed: number } } = {
  'dense-rgb': { total: 4_413_466, fixed: 0 },
  'dense-gray': { total: 2_054_170, fixed: 0 },
  'dense-regularized': { total: 2_062_810, fixed: 4_320 },
  simplenet: { total: 5_496_074, fixed: 3_968 },
  'simplenet-augmented': { total: 5_496_074, fixed: 3_968 },
  'vgg16-finetune': { total: 14_781_642, fixed: 260_160 },
};
