import type { Dataset } from '../dataset.js';

export interface Duplicates {
  /** A number an image: images of equal content have the same. */
  readonly groups: Uint32Array;
  /** Images whose content stands in the dataset before them. */
  readonly repeated: number;
  /** Pairs of images with equal content under different classes, the first of each content named. */
  readonly contradictions: readonly (readonly [number, number])[];
}

/** Puts images of equal content into one group, so that a split cannot show in training what it tests later. */
export function groupDuplicates(dataset: Pick<Dataset, 'length' | 'labels' | 'fingerprint'>): Duplicates {
  const first = new Map<string, number>();
  const contradictions: [number, number][] = [];
  let repeated = 0;
  const groups = Uint32Array.from({ length: dataset.length }, (_, i) => {
    const fingerprint = dataset.fingerprint(i);
    const twin = first.get(fingerprint);
    if (twin === undefined) {
      first.set(fingerprint, i);
      return i;
    }
    repeated++;
    if (dataset.labels[twin] !== dataset.labels[i]) contradictions.push([twin, i]);
    return twin;
  });
  return { groups, repeated, contradictions };
}
