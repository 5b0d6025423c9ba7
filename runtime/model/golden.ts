import { decode, encode } from 'fast-png';
import { fromBase64, toBase64 } from '../common/index.js';
import type { GoldenSamples, InputSpec } from './contract.js';

/** At least so many, and at least one of every class. */
const least = 16;

/**
 * How a file and a run folder hold golden samples: the images under one another in one PNG (a person can look at it),
 * the probabilities as little-endian float32.
 */
export interface GoldenText {
  readonly kind: GoldenSamples['kind'];
  readonly count: number;
  /** base64 of a PNG, `width` wide and `count * height` high. */
  readonly images: string;
  /** base64 of `count * classes` float32. */
  readonly probabilities: string;
}

export function encodeGolden(golden: GoldenSamples, { width, height, channels }: InputSpec): GoldenText {
  const { kind, count, images, probabilities } = golden;
  const png = encode({ width, height: height * count, data: images, channels, depth: 8 }, { zlib: { level: 9 } });
  const floats = new Uint8Array(probabilities.buffer, probabilities.byteOffset, probabilities.byteLength);
  return { kind, count, images: toBase64(png), probabilities: toBase64(floats) };
}

/** @throws when the text is not what `encodeGolden` writes for this input and number of classes */
export function decodeGolden(golden: GoldenText, input: InputSpec, classes: number): GoldenSamples {
  const { kind, count } = golden;
  const png = decode(fromBase64(golden.images));
  const probabilities = new Float32Array(fromBase64(golden.probabilities).buffer);
  const images = Uint8Array.from(png.data);
  if (
    images.length !== count * input.width * input.height * input.channels ||
    probabilities.length !== count * classes
  ) {
    throw new Error(`golden samples of another size than ${count} images and ${classes} classes`);
  }
  return { kind, count, images, probabilities };
}

/** The distance between the two largest of a row: how near the image is to being called something else. */
export function marginOf(row: Float32Array): number {
  let first = 0;
  let second = 0;
  for (const p of row) {
    if (p > first) [first, second] = [p, first];
    else if (p > second) second = p;
  }
  return first - second;
}

/**
 * Which images prove most: of every class the one with the smallest margin, then the smallest margins whatever the
 * class, until there are 16 (or all there are).
 * @param labels the true class of each image
 * @param probabilities float32 `[labels.length, classes]`
 * @returns indices, smallest margin first
 */
export function chooseGolden(labels: ArrayLike<number>, probabilities: Float32Array, classes: number): number[] {
  const margins = Float32Array.from({ length: labels.length }, (_, i) =>
    marginOf(probabilities.subarray(i * classes, (i + 1) * classes)),
  );
  const order = Array.from(margins.keys()).sort((a, b) => margins[a]! - margins[b]! || a - b);
  const seen = new Set<number>();
  const chosen = new Set(order.filter((i) => !seen.has(labels[i]!) && seen.add(labels[i]!)));
  for (const i of order) {
    if (chosen.size >= least) break;
    chosen.add(i);
  }
  return order.filter((i) => chosen.has(i));
}
