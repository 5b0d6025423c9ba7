import type { Augmentation } from './augmentation.js';
import { span, within } from './check.js';

export interface JpegOptions {
  /** Quality as the Independent JPEG Group counts it, the worst and the best, 1..100. */
  readonly quality: readonly [number, number];
  /** Share of the images, 0..1. Default: 1. */
  readonly probability?: number;
}

/**
 * The damage that saving as JPEG does: blocks of 8x8, their cosine transforms rounded to multiples of the tables of ITU-T T.81,
 * annex K, scaled by quality as libjpeg does it. Colours as YCbCr (JFIF), at full resolution.
 */
export function jpeg({ quality, probability = 1 }: JpegOptions): Augmentation {
  span('quality of jpeg', quality, 1, 100);
  within('probability of jpeg', probability, 0, 1);
  return {
    name: 'jpeg',
    settings: { quality, probability },
    source: import.meta.url,
    apply(image, [height, width, channels], random) {
      const chosen = random.next() < probability;
      const drawn = Math.round(random.between(...quality));
      if (!chosen) return image;
      const planes = channels === 3 ? toYcc(image) : [Float32Array.from(image, (value) => value - 128)];
      for (const [i, plane] of planes.entries())
        damage(plane, height, width, scaled(i === 0 ? luminance : chrominance, drawn));
      return channels === 3
        ? toRgb(planes)
        : Uint8Array.from(Uint8ClampedArray.from(planes[0]!, (value) => value + 128));
    },
  };
}

/** ITU-T T.81, tables K.1 and K.2. */
const luminance = [
  ...[16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56],
  ...[14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92],
  ...[49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99],
];
const chrominance = [
  ...[17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99],
  ...[47, 66, 99, 99, 99, 99, 99, 99],
  ...new Array<number>(32).fill(99),
];

function scaled(table: readonly number[], quality: number): Float64Array {
  const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return Float64Array.from(table, (step) => Math.min(Math.max(Math.floor((step * scale + 50) / 100), 1), 255));
}

/** cosines[u * 8 + x]: the transform of eight values, orthonormal. */
const cosines = Float64Array.from({ length: 64 }, (_, i) => {
  const [u, x] = [i >> 3, i & 7];
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
});

/** Each block of a plane through the transform, the rounding and back, in place; blocks beyond the edge repeat it. */
function damage(plane: Float32Array, height: number, width: number, table: Float64Array): void {
  const block = new Float64Array(64);
  const half = new Float64Array(64);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      for (let y = 0; y < 8; y++) {
        const row = Math.min(top + y, height - 1) * width;
        for (let x = 0; x < 8; x++) block[y * 8 + x] = plane[row + Math.min(left + x, width - 1)]!;
      }
      transform(block, half);
      transform(half, block);
      for (let i = 0; i < 64; i++) block[i] = Math.round(block[i]! / table[i]!) * table[i]!;
      inverse(block, half);
      inverse(half, block);
      for (let y = top; y < Math.min(top + 8, height); y++) {
        for (let x = left; x < Math.min(left + 8, width); x++)
          plane[y * width + x] = Math.round(block[(y - top) * 8 + x - left]!);
      }
    }
  }
}

/**
 * The rows of a block transformed, and written as columns: twice is both directions. Cosines are even or odd about the
 * middle, so half of the products do.
 */
function transform(from: Float64Array, to: Float64Array): void {
  for (let y = 0; y < 8; y++) {
    const i = y * 8;
    const a = from[i]! + from[i + 7]!;
    const b = from[i + 1]! + from[i + 6]!;
    const c = from[i + 2]! + from[i + 5]!;
    const d = from[i + 3]! + from[i + 4]!;
    const e = from[i]! - from[i + 7]!;
    const f = from[i + 1]! - from[i + 6]!;
    const g = from[i + 2]! - from[i + 5]!;
    const h = from[i + 3]! - from[i + 4]!;
    for (let u = 0; u < 64; u += 16) {
      to[u + y] = a * cosines[u]! + b * cosines[u + 1]! + c * cosines[u + 2]! + d * cosines[u + 3]!;
      to[u + 8 + y] = e * cosines[u + 8]! + f * cosines[u + 9]! + g * cosines[u + 10]! + h * cosines[u + 11]!;
    }
  }
}

function inverse(from: Float64Array, to: Float64Array): void {
  for (let y = 0; y < 8; y++) {
    const i = y * 8;
    const a = from[i]!;
    const b = from[i + 2]!;
    const c = from[i + 4]!;
    const d = from[i + 6]!;
    const e = from[i + 1]!;
    const f = from[i + 3]!;
    const g = from[i + 5]!;
    const h = from[i + 7]!;
    for (let x = 0; x < 4; x++) {
      const even = a * cosines[x]! + b * cosines[x + 16]! + c * cosines[x + 32]! + d * cosines[x + 48]!;
      const odd = e * cosines[x + 8]! + f * cosines[x + 24]! + g * cosines[x + 40]! + h * cosines[x + 56]!;
      to[x * 8 + y] = even + odd;
      to[(7 - x) * 8 + y] = even - odd;
    }
  }
}

/** Luma and the two colour differences, each about 0. */
function toYcc(image: Uint8Array): Float32Array[] {
  const [y, cb, cr] = [0, 1, 2].map(() => new Float32Array(image.length / 3)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  for (let i = 0, from = 0; i < y.length; i++, from += 3) {
    const red = image[from]!;
    const green = image[from + 1]!;
    const blue = image[from + 2]!;
    // Whole numbers, as an encoder has them.
    y[i] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue) - 128;
    cb[i] = Math.round(-0.168736 * red - 0.331264 * green + 0.5 * blue);
    cr[i] = Math.round(0.5 * red - 0.418688 * green - 0.081312 * blue);
  }
  return [y, cb, cr];
}

function toRgb([y, cb, cr]: readonly Float32Array[]): Uint8Array {
  const result = new Uint8ClampedArray(y!.length * 3);
  for (let i = 0, to = 0; i < y!.length; i++, to += 3) {
    const bright = y![i]! + 128;
    result[to] = bright + 1.402 * cr![i]!;
    result[to + 1] = bright - 0.344136 * cb![i]! - 0.714136 * cr![i]!;
    result[to + 2] = bright + 1.772 * cb![i]!;
  }
  return new Uint8Array(result.buffer);
}
