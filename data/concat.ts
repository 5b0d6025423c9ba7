import { checkIndices } from './check-indices.js';
import type { Dataset } from './dataset.js';
import { digestOf } from './digest.js';

/**
 * Datasets of the same shape and classes, one after the other. Groups are numbered anew: those of different datasets
 * stay apart.
 * @throws RangeError for none, or for differing shapes or classes
 */
export function concat(datasets: readonly Dataset[], name = datasets[0]?.name ?? ''): Dataset {
  const [first] = datasets;
  if (!first) throw new RangeError('expected at least one dataset to put together, got none');
  const kind = (d: Dataset) => JSON.stringify([d.spec, d.classes]);
  for (const other of datasets) {
    if (kind(other) !== kind(first)) {
      throw new RangeError(
        `expected ${other.name} to have the shape and the classes of ${first.name}: ${kind(first)}, got ${kind(other)}`,
      );
    }
  }
  const length = datasets.reduce((sum, d) => sum + d.length, 0);
  const labels = new Uint32Array(length);
  const groups = new Uint32Array(length);
  /** Of every image the dataset, and its number there. */
  const owner = new Uint32Array(length);
  const inner = new Uint32Array(length);
  let at = 0;
  let nextGroup = 0;
  datasets.forEach((dataset, d) => {
    let highest = -1;
    for (let i = 0; i < dataset.length; i++, at++) {
      labels[at] = dataset.labels[i]!;
      groups[at] = nextGroup + dataset.groups[i]!;
      highest = Math.max(highest, dataset.groups[i]!);
      owner[at] = d;
      inner[at] = i;
    }
    nextGroup += highest + 1;
  });
  const size = first.shape[0] * first.shape[1] * first.shape[2];
  let digest: string | undefined;
  const whole: Dataset = {
    name,
    length,
    shape: first.shape,
    spec: first.spec,
    classes: first.classes,
    labels,
    groups,
    get digest() {
      digest ??= digestOf(whole);
      return digest;
    },
    async batch(indices) {
      checkIndices(indices, length, name);
      const wanted = datasets.map(() => ({ from: [] as number[], to: [] as number[] }));
      for (let i = 0; i < indices.length; i++) {
        const list = wanted[owner[indices[i]!]!]!;
        list.from.push(inner[indices[i]!]!);
        list.to.push(i);
      }
      const out = new Uint8Array(indices.length * size);
      await Promise.all(
        datasets.map(async (dataset, d) => {
          const { from, to } = wanted[d]!;
          if (from.length === 0) return;
          const images = await dataset.batch(from);
          to.forEach((place, k) => {
            out.set(images.subarray(k * size, (k + 1) * size), place * size);
          });
        }),
      );
      return out;
    },
    origin(index) {
      checkIndices([index], length, name);
      return datasets[owner[index]!]!.origin(inner[index]!);
    },
    fingerprint(index) {
      checkIndices([index], length, name);
      return datasets[owner[index]!]!.fingerprint(inner[index]!);
    },
  };
  return whole;
}
