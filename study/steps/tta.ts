import { evaluate, type Paired } from '../../evaluate/index.js';
import type { Step } from '../step.js';
import { type Accuracy, accuracyOf, imagesOf, modelIn, studyPart } from './shared.js';
import { trainings } from './trainings.js';

export interface TtaStepResult {
  readonly draws: number;
  readonly seed: number;
  readonly augmentations: readonly string[];
  /** Without and with it, on the same images. */
  readonly plain: Accuracy;
  readonly averaged: Accuracy;
  /** `p` of McNemar's test. */
  readonly gain: Paired & { readonly p: number };
}

/** What averaging over augmented test images brings the augmented SimpleNet. */
export const tta: Step<TtaStepResult> = {
  name: 'tta',
  what: 'what test-time augmentation brings simplenet-augmented',
  needs: [trainings.simplenetAugmented],
  settings: ({ engine, draws, seed, parts }) => ({ engine: engine.name, draws, seed, images: imagesOf(parts.test) }),
  async run(context) {
    const { engine, signal, draws, seed } = context;
    const model = await modelIn(context, context.resultOf(trainings.simplenetAugmented).model);
    const part = studyPart(context, 'test');
    const { metrics, tta: averaged } = await evaluate(model, part, {
      ...{ engine, signal, tta: { draws, seed } },
      onProgress: (what, done, total) => context.onProgress(what, done, total),
    });
    if (!averaged) return { blank: 'the model was trained without augmentation' };
    const images = part.dataset.length;
    return {
      result: {
        ...{ draws, seed, augmentations: averaged.augmentations.map(({ name }) => name) },
        plain: accuracyOf(metrics, images),
        averaged: accuracyOf(averaged.metrics, images),
        gain: averaged.gain,
      },
    };
  },
};
