import { evaluate, type Metrics } from '../../evaluate/index.js';
import type { Step } from '../step.js';
import { type Accuracy, accuracyOf, imagesOf, modelIn, studyPart } from './shared.js';
import { trainings } from './trainings.js';

export interface ConfusionResult {
  readonly accuracy: Accuracy;
  readonly classes: readonly string[];
  /** Rows are what images are, columns what they are called. */
  readonly confusion: readonly (readonly number[])[];
  readonly confusedPairs: Metrics['confusedPairs'];
  readonly engine: string;
  /** Of every image of the test part, in its order: what it is called, and the probability of that. */
  readonly predicted: readonly number[];
  readonly sure: readonly number[];
}

/** The augmented SimpleNet, from its exported file, on the test part. */
export const confusion: Step<ConfusionResult> = {
  name: 'confusion',
  what: 'simplenet-augmented on the test images: accuracy and confusion matrix',
  needs: [trainings.simplenetAugmented],
  settings: (context) => ({ engine: context.engine.name, images: imagesOf(context.parts.test) }),
  async run(context) {
    const { engine, signal } = context;
    const model = await modelIn(context, context.resultOf(trainings.simplenetAugmented).model);
    const part = studyPart(context, 'test');
    const { scored, metrics } = await evaluate(model, part, {
      ...{ engine, signal },
      onProgress: (what, done, total) => context.onProgress(what, done, total),
    });
    const { classes, predicted, probabilities } = scored;
    const sure = Array.from(predicted, (p, i) => Number(probabilities[i * classes.length + p]!.toFixed(4)));
    return {
      result: {
        accuracy: accuracyOf(metrics, part.dataset.length),
        ...{ classes, confusion: metrics.confusion, confusedPairs: metrics.confusedPairs, engine: engine.name },
        ...{ predicted: Array.from(predicted), sure },
      },
    };
  },
  brief: ({ predicted: _, sure: __, ...rest }) => rest,
};
