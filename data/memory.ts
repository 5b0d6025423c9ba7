import type { ImageSpec } from '../runtime/image/index.js';
import type { Dataset } from './dataset.js';
import { datasetOf } from './dataset-of.js';
import { sha256 } from './digest.js';
import { runs } from './runs.js';

export interface MemoryOptions {
  readonly name: string;
  readonly spec: ImageSpec;
  readonly classes: readonly string[];
  /** The class of every image. */
  readonly labels: ArrayLike<number>;
  /** uint8 `[labels.length, spec.height, spec.width, spec.channels]`; kept, not copied. */
  readonly pixels: Uint8Array;
  /** Default: every image is a group of its own. */
  readonly groups?: ArrayLike<number>;
  /** Default: the name and the image's number. */
  readonly origin?: (index: number) => string;
}

/**
 * Images that lie in memory.
 * @throws RangeError when `pixels` or `groups` have not one entry an image, or a label no class
 */
export function memoryDataset(options: MemoryOptions): Dataset {
  const { name, spec, classes, pixels } = options;
  const labels = Uint32Array.from(options.labels);
  const length = labels.length;
  const groups = options.groups ? Uint32Array.from(options.groups) : Uint32Array.from({ length }, (_, i) => i);
  const size = spec.height * spec.width * spec.channels;
  if (pixels.length !== length * size) {
    throw new RangeError(`expected ${length} images of ${size} bytes in ${name}, got ${pixels.length} bytes`);
  }
  if (groups.length !== length) throw new RangeError(`expected ${length} groups in ${name}, got ${groups.length}`);
  const stray = labels.find((label) => label >= classes.length);
  if (stray !== undefined) throw new RangeError(`expected labels below ${classes.length} in ${name}, got ${stray}`);

  const fingerprints = new Map<number, string>();
  return datasetOf({
    ...options,
    labels,
    groups,
    async batch(indices) {
      const out = new Uint8Array(indices.length * size);
      for (const [start, count] of runs(indices)) {
        const at = indices[start]! * size;
        out.set(pixels.subarray(at, at + count * size), start * size);
      }
      return out;
    },
    view: (start, count) => pixels.subarray(start * size, (start + count) * size),
    fingerprint(index) {
      let found = fingerprints.get(index);
      if (found === undefined) {
        found = sha256(pixels.subarray(index * size, (index + 1) * size));
        fingerprints.set(index, found);
      }
      return found;
    },
  });
}
