import type { Evaluation } from '../score/index.js';
import { labelErrors } from './label-errors.js';
import type { NearDuplicates } from './near-duplicates.js';

/** An image that is worth looking at. */
export interface GalleryItem {
  readonly image: number;
  readonly label: number;
  readonly predicted: number;
  /** Of the predicted class. */
  readonly probability: number;
  /** Of the class that it is labelled. */
  readonly own: number;
  /** What its label should probably be; null where it is not in doubt. */
  readonly suggested: number | null;
  /** Another image that is nearly the same, by its number; null where there is none. */
  readonly twin: number | null;
  /** That other image is labelled otherwise. */
  readonly twinDiffers: boolean;
}

export interface Gallery {
  readonly items: readonly GalleryItem[];
  /** How many there are in all, of which `items` may be a sample. */
  readonly mistakes: number;
  readonly labelErrors: number;
  readonly duplicates: number;
  /** Of duplicates the pairs that are labelled differently. */
  readonly contradictions: number;
}

/** Thumbnails in one report, at most. */
export const mostThumbnails = 2000;

/**
 * The mistakes, the labels in doubt and the near-duplicates of an evaluation, most confident mistakes first. Where there are
 * more than fit, labels in doubt and contradictions come first, then each class gives its most confident mistakes in turn,
 * then duplicates fill up.
 */
export function galleryOf(
  { scored }: Pick<Evaluation, 'scored'>,
  duplicates: NearDuplicates,
  most = mostThumbnails,
): Gallery {
  const { classes, labels, predicted, probabilities } = scored;
  const p = (image: number, c: number) => probabilities[image * classes.length + c]!;
  const doubts = labelErrors(scored);
  const suggested = new Map(doubts.map((doubt) => [doubt.image, doubt.suggested]));
  const twins = new Map<number, { readonly other: number; readonly differs: boolean }>();
  let contradictions = 0;
  for (const { first, second } of duplicates.pairs) {
    const differs = labels[first] !== labels[second];
    if (differs) contradictions++;
    for (const [a, b] of [
      [first, second],
      [second, first],
    ] as const) {
      if (!twins.has(a) || (differs && !twins.get(a)!.differs)) twins.set(a, { other: b, differs });
    }
  }
  const mistakes = Array.from(labels.keys()).filter((image) => predicted[image] !== labels[image]);
  const sure = (a: number, b: number) => p(b, predicted[b]!) - p(a, predicted[a]!) || a - b;
  const chosen = new Set<number>();
  const take = (images: Iterable<number>, limit: number) => {
    for (const image of images) {
      if (chosen.size >= limit) return;
      chosen.add(image);
    }
  };
  // A half at most each, so that mistakes are always among them.
  take(
    doubts.map(({ image }) => image),
    most / 2,
  );
  take(
    [...twins].filter(([, { differs }]) => differs).map(([image]) => image),
    (most * 3) / 4,
  );
  take(inTurn(classes.map((_, c) => mistakes.filter((image) => labels[image] === c).sort(sure))), most);
  take(twins.keys(), most);
  const items = [...chosen].sort(sure).map((image): GalleryItem => {
    const twin = twins.get(image);
    return {
      ...{ image, label: labels[image]!, predicted: predicted[image]! },
      ...{ probability: p(image, predicted[image]!), own: p(image, labels[image]!) },
      suggested: suggested.get(image) ?? null,
      twin: twin?.other ?? null,
      twinDiffers: twin?.differs ?? false,
    };
  });
  return { items, mistakes: mistakes.length, labelErrors: doubts.length, duplicates: twins.size, contradictions };
}

/** The first of each list, then the second of each. */
function* inTurn(lists: readonly (readonly number[])[]): Generator<number> {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  for (let i = 0; i < longest; i++) for (const list of lists) if (i < list.length) yield list[i]!;
}
