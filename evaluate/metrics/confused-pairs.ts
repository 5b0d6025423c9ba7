import type { Scored } from './scored.js';

export interface ConfusedPair {
  readonly label: string;
  readonly predicted: string;
  readonly images: number;
  /** Of the images of `label`, 0..1. */
  readonly share: number;
}

/** What is most often called something else, and what: the 20 most frequent. */
export function confusedPairs({ classes, confusion, support }: Scored, most = 20): readonly ConfusedPair[] {
  const count = classes.length;
  return Array.from(confusion.keys())
    .filter((cell) => confusion[cell]! > 0 && Math.floor(cell / count) !== cell % count)
    .sort((a, b) => confusion[b]! - confusion[a]! || a - b)
    .slice(0, most)
    .map((cell) => {
      const label = Math.floor(cell / count);
      const images = confusion[cell]!;
      return { label: classes[label]!, predicted: classes[cell % count]!, images, share: images / support[label]! };
    });
}
