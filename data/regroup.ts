import type { Dataset } from './dataset.js';

/** The same images with other groups. */
export function regroup(dataset: Dataset, groups: Uint32Array): Dataset {
  if (groups.length !== dataset.length) {
    throw new RangeError(`expected ${dataset.length} groups for ${dataset.name}, got ${groups.length}`);
  }
  const { name, length, shape, spec, classes, labels, batch, view, origin, fingerprint } = dataset;
  return {
    name,
    length,
    shape,
    spec,
    classes,
    labels,
    groups,
    get digest() {
      return dataset.digest;
    },
    batch,
    ...(view && { view }),
    origin,
    fingerprint,
  };
}
