import { checkIndices } from './check-indices.js';
import type { Dataset } from './dataset.js';
import { digestOf } from './digest.js';

/** What differs between the places where images may lie. */
export interface DatasetParts extends Pick<Dataset, 'name' | 'spec' | 'classes' | 'labels'> {
  /** Default: every image is a group of its own. */
  readonly groups?: Uint32Array | undefined;
  /** Default: the name and the image's number. */
  readonly origin?: ((index: number) => string) | undefined;
  /** Indices are checked before. */
  batch(indices: ArrayLike<number>): Promise<Uint8Array>;
  /** Where the images lie in memory. What is asked for is checked before. */
  view?(start: number, count: number): Uint8Array;
  /** Likewise. */
  fingerprint(index: number): string;
}

/** A dataset of images that lie somewhere: indices are checked, and the digest is computed when somebody asks for it. */
export function datasetOf(parts: DatasetParts): Dataset {
  const { name, spec, classes, labels, groups, origin, batch, view, fingerprint } = parts;
  const { length } = labels;
  const one = (index: number) => checkIndices([index], length, name);
  let digest: string | undefined;
  const dataset: Dataset = {
    name,
    length,
    shape: [spec.height, spec.width, spec.channels],
    spec,
    classes,
    labels,
    groups: groups ?? Uint32Array.from({ length }, (_, i) => i),
    get digest() {
      digest ??= digestOf(dataset);
      return digest;
    },
    async batch(indices) {
      checkIndices(indices, length, name);
      return batch(indices);
    },
    ...(view && {
      view(start: number, count: number) {
        checkIndices(count > 0 ? [start, start + count - 1] : [], length, name);
        return view(start, count);
      },
    }),
    origin(index) {
      one(index);
      return origin ? origin(index) : `${name} #${index}`;
    },
    fingerprint(index) {
      one(index);
      return fingerprint(index);
    },
  };
  return dataset;
}
