import { thumbnailsOf } from '../../evaluate/index.js';
import type { Step } from '../step.js';
import { confusion } from './confusion.js';
import { imagesOf, shownClass } from './shared.js';

/** An image that is called something else. */
export interface Mistake {
  /** Its number in the test part. */
  readonly image: number;
  readonly file: string;
  readonly predicted: string;
  readonly probability: number;
}

export interface MistakesResult {
  readonly label: string;
  /** Of that class in the test part. */
  readonly images: number;
  readonly wrong: number;
  /** The most confident first; a sample where there are very many. */
  readonly mistakes: readonly Mistake[];
  /** How often each other class was said, the most frequent first. */
  readonly called: readonly { readonly label: string; readonly images: number }[];
  /** Of `mistakes`, in their order. */
  readonly thumbnails: Awaited<ReturnType<typeof thumbnailsOf>>;
}

/** Pictures in the page, at most. */
const mostShown = 400;

/** The images of class 2 that the augmented SimpleNet calls something else. */
export const mistakes: Step<MistakesResult> = {
  name: 'mistakes',
  what: `the test images of class ${shownClass} that simplenet-augmented gets wrong`,
  needs: [confusion],
  settings: ({ parts }) => ({ label: shownClass, most: mostShown, images: imagesOf(parts.test) }),
  async run(context) {
    const { test } = context.parts;
    const { classes, predicted, sure } = context.resultOf(confusion);
    // By name on both sides: the model's classes may be in another order than the images'.
    if (!test.classes.includes(shownClass) || !classes.includes(shownClass)) {
      return { blank: `the images have no class "${shownClass}" (they have ${test.classes.slice(0, 12).join(', ')})` };
    }
    const own = Array.from(test.labels.keys()).filter((image) => test.classes[test.labels[image]!] === shownClass);
    const wrong = own
      .filter((image) => classes[predicted[image]!] !== shownClass)
      .sort((a, b) => sure[b]! - sure[a]! || a - b);
    const counts = new Map<string, number>();
    for (const image of wrong) {
      const label = classes[predicted[image]!]!;
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    const shown = wrong.slice(0, mostShown);
    return {
      result: {
        ...{ label: shownClass, images: own.length, wrong: wrong.length },
        mistakes: shown.map((image) => ({
          image,
          file: test.origin(image).split(/[\\/]/).slice(-2).join('/'),
          predicted: classes[predicted[image]!]!,
          probability: sure[image]!,
        })),
        called: [...counts].map(([label, images]) => ({ label, images })).sort((a, b) => b.images - a.images),
        thumbnails: await thumbnailsOf(test, shown),
      },
    };
  },
  brief: ({ thumbnails: _, ...rest }) => rest,
};
