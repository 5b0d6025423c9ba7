import { join, relative } from 'node:path';
import { explain, fittedTo, writeExplanation } from '../../evaluate/index.js';
import type { Step } from '../step.js';
import { imagesOf, modelIn, requireGoingOn, shownClass } from './shared.js';
import { trainings } from './trainings.js';

export interface ActivationsResult {
  /** The image: its number in the test part, its class, what it is called. */
  readonly image: number;
  readonly label: string;
  readonly predicted: string;
  readonly probability: number;
  /** PNG files below the study's folder. */
  readonly input: string;
  readonly plates: readonly { readonly layer: string; readonly shape: readonly number[]; readonly file: string }[];
}

/** What eight convolutions of the augmented SimpleNet, spread over its depth, make of an image. */
export const activations: Step<ActivationsResult> = {
  name: 'activations',
  what: 'feature maps of eight convolutions of simplenet-augmented',
  needs: [trainings.simplenetAugmented],
  settings: ({ engine, parts }) => ({ engine: engine.name, label: shownClass, images: imagesOf(parts.test) }),
  async run(context) {
    const { engine, signal, out, parts } = context;
    const model = await modelIn(context, context.resultOf(trainings.simplenetAugmented).model);
    const test = fittedTo(parts.test, model.input);
    const index = test.classes.indexOf(shownClass);
    // The first image of that class; without such a class, the first of all.
    const image = Math.max(0, test.labels.indexOf(index));
    const label = test.classes[test.labels[image]!]!;
    const pixels = await test.batch([image]);
    const [explanation] = await explain(model, [{ name: `test-${image}`, pixels }], { engine, methods: [], signal });
    requireGoingOn(context);
    const { probabilities, predicted, layers } = explanation!;
    const [written] = (await writeExplanation(join(out, 'activations'), model, [explanation!], {
      engine: engine.name,
    })) as [{ files: readonly string[] }];
    const files = written.files.map((file) => relative(out, file).split('\\').join('/'));
    // The image first, then a plate a layer.
    const [input, ...plates] = files;
    return {
      result: {
        ...{ image, label, predicted: model.labels[predicted]!, probability: probabilities[predicted]!, input: input! },
        plates: layers.map(({ name, shape }, i) => ({ layer: name, shape, file: plates[i]! })),
      },
      files,
    };
  },
};
