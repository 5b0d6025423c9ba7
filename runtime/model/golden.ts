import { decode, encode } from 'fast-png';
import { fromBase64, messageOf, toBase64 } from '../common/index.js';
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

/** Bytes out of base64. @throws Error that says whose they are */
function bytesOf(text: string, what: string): Uint8Array<ArrayBuffer> {
  try {
    return fromBase64(text);
  } catch (cause) {
    throw new Error(`the ${what} of its golden samples are not base64; export it again`, { cause });
  }
}

/** Width, height, bits and colour type, where every PNG has them (https://www.w3.org/TR/png-3/#11IHDR). */
function pngHeader(png: Uint8Array): [width: number, height: number, depth: number, colour: number] | undefined {
  if (png.length < 26) return undefined;
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20), png[24]!, png[25]!];
}

/** @throws Error when the text is not what `encodeGolden` writes for this input and number of classes */
export function decodeGolden(golden: GoldenText, input: InputSpec, classes: number): GoldenSamples {
  const { kind, count } = golden;
  const { width, height, channels } = input;
  const png = bytesOf(golden.images, 'images');
  const expected = [width, height * count, 8, channels === 1 ? 0 : 2];
  // Before anything is decoded: a header may promise any size.
  if (pngHeader(png)?.join() !== expected.join()) {
    throw new Error(
      `the images of its golden samples are not a PNG of ${count} images of ${width}x${height}x${channels}; export it again`,
    );
  }
  let images: Uint8Array;
  try {
    images = Uint8Array.from(decode(png, { checkCrc: true }).data);
  } catch (cause) {
    throw new Error(`the PNG of its golden samples is damaged (${messageOf(cause)}); export it again`, { cause });
  }
  const floats = bytesOf(golden.probabilities, 'probabilities');
  if (floats.length !== count * classes * 4) {
    throw new Error(
      `its golden samples have ${floats.length} bytes of probabilities, expected ${count * classes * 4} for ${count} images and ${classes} classes; export it again`,
    );
  }
  return { kind, count, images, probabilities: new Float32Array(floats.buffer) };
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
