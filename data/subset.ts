import { checkIndices } from './check-indices.js';
import type { Dataset } from './dataset.js';
import { digestOf } from './digest.js';

/**
 * Some images of a dataset, in the order of `indices`; nothing is copied, groups keep their numbers.
 * @throws RangeError for an index outside the dataset
 */
export function subset(dataset: Dataset, indices: ArrayLike<number>, name = dataset.name): Dataset {
  checkIndices(indices, dataset.length, dataset.name);
  const chosen = Uint32Array.from(indices);
  let digest: string | undefined;
  const part: Dataset = {
    name,
    length: chosen.length,
    shape: dataset.shape,
    spec: dataset.spec,
    classes: dataset.classes,
    labels: chosen.map((index) => dataset.labels[index]!),
    groups: chosen.map((index) => dataset.groups[index]!),
    get digest() {
      digest ??= digestOf(part);
      return digest;
    },
    async batch(wanted) {
      checkIndices(wanted, chosen.length, name);
      return dataset.batch(Uint32Array.from(wanted, (index) => chosen[index]!));
    },
    ...(dataset.view && {
      view(start: number, count: number) {
        checkIndices(count > 0 ? [start, start + count - 1] : [], chosen.length, name);
        const first = chosen[start] ?? 0;
        for (let i = 1; i < count; i++) if (chosen[start + i] !== first + i) return undefined;
        return dataset.view!(first, count);
      },
    }),
    origin(index) {
      checkIndices([index], chosen.length, name);
      return dataset.origin(chosen[index]!);
    },
    fingerprint(index) {
      checkIndices([index], chosen.length, name);
      return dataset.fingerprint(chosen[index]!);
    },
  };
  return part;
}
