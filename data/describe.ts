import { OnwardError } from '../runtime/common/index.js';
import type { Dataset } from './dataset.js';

/** What a dataset is made of, in numbers. */
export interface Description {
  readonly name: string;
  readonly images: number;
  /** Height, width, channels. */
  readonly shape: readonly [number, number, 1 | 3];
  /** sha256, as `digestOf` defines it. */
  readonly digest: string;
  readonly classes: readonly { readonly name: string; readonly images: number }[];
  /** Of all pixels of each channel, 0..255: the mean, and the (population) standard deviation. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** Images whose content stands in the dataset before them. */
  readonly repeated: number;
  /** Pairs of equal images in different classes, by their origins; the first ten. */
  readonly contradictions: readonly (readonly [string, string])[];
  /** How many groups of images belong together, and the largest one's images. */
  readonly groups: number;
  readonly largestGroup: number;
}

const imagesAtOnce = 1024;

/** Looks at every image once. @throws OnwardError kind `interrupted` when `signal` fires */
export async function describe(
  dataset: Dataset,
  { onProgress, signal }: { onProgress?: (done: number, total: number) => void; signal?: AbortSignal } = {},
): Promise<Description> {
  const { name, length, shape, classes, labels, groups } = dataset;
  const [, , channels] = shape;
  // Whole numbers below 2^53: sums are exact up to 138 billion pixels.
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let start = 0; start < length; start += imagesAtOnce) {
    if (signal?.aborted) throw new OnwardError('interrupted', `stopped after ${start} of ${length} images`);
    const count = Math.min(imagesAtOnce, length - start);
    const pixels = await dataset.batch(Array.from({ length: count }, (_, i) => start + i));
    for (let i = 0, channel = 0; i < pixels.length; i++) {
      const value = pixels[i]!;
      sums[channel]! += value;
      squares[channel]! += value * value;
      if (++channel === channels) channel = 0;
    }
    onProgress?.(start + count, length);
  }
  const pixels = length * shape[0] * shape[1];
  const mean = [...sums].map((sum) => sum / pixels);
  const counts = new Uint32Array(classes.length);
  for (const label of labels) counts[label]!++;
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return {
    name,
    images: length,
    shape,
    digest: dataset.digest,
    classes: classes.map((className, label) => ({ name: className, images: counts[label]! })),
    mean,
    deviation: [...squares].map((sum, channel) => Math.sqrt(Math.max(0, sum / pixels - mean[channel]! ** 2))),
    ...duplicates(dataset),
    groups: sizes.size,
    largestGroup: [...sizes.values()].reduce((a, b) => Math.max(a, b), 0),
  };
}

function duplicates(dataset: Dataset): Pick<Description, 'repeated' | 'contradictions'> {
  const first = new Map<string, number>();
  const contradictions: [string, string][] = [];
  let repeated = 0;
  for (let i = 0; i < dataset.length; i++) {
    const fingerprint = dataset.fingerprint(i);
    const twin = first.get(fingerprint);
    if (twin === undefined) {
      first.set(fingerprint, i);
      continue;
    }
    repeated++;
    if (dataset.labels[twin] !== dataset.labels[i] && contradictions.length < 10) {
      contradictions.push([dataset.origin(twin), dataset.origin(i)]);
    }
  }
  return { repeated, contradictions };
}
