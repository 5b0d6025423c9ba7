/** Bits after the point of a weight: 32 less 8 for the pixel and 2 for what the sum may grow. */
const precision = 22;
const half = 1 << (precision - 1);

/** One axis of a resampling: `count` outputs, of which output i is the weighted sum of `size[i]` inputs from `first[i]` on. */
interface Weights {
  readonly count: number;
  readonly first: Int32Array;
  readonly size: Int32Array;
  /** `stride` weights an output, of which `size[i]` count; they sum to 2^22 within rounding. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/** `length` pixels made `scaled` long, of which only `count` from `from` on are wanted. */
export interface Axis {
  readonly length: number;
  readonly scaled: number;
  readonly from: number;
  readonly count: number;
}

/**
 * Triangle weights as Pillow's `Image.resize(..., Image.Resampling.BILINEAR)` computes them (src/libImaging/Resample.c,
 * `precompute_coeffs` and `normalize_coeffs_8bpc`): when shrinking, the triangle is as wide as the scale, so every input
 * pixel counts; when growing, plain bilinear. Float64 sums and quotients, which IEEE 754 fixes to the last bit, then
 * rounded to 22 bits after the point: from here on all is integers.
 */
function triangleWeights({ length, scaled, from, count }: Axis): Weights {
  const scale = length / scaled;
  const support = Math.max(scale, 1);
  const inverse = 1 / support;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(count);
  const size = new Int32Array(count);
  const weights = new Int32Array(count * stride);
  const exact = new Float64Array(stride);
  for (let i = 0; i < count; i++) {
    const center = (from + i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - support + 0.5));
    const high = Math.min(length, Math.trunc(center + support + 0.5));
    let sum = 0;
    for (let k = 0; k < high - low; k++) {
      const distance = Math.abs((k + low - center + 0.5) * inverse);
      exact[k] = distance < 1 ? 1 - distance : 0;
      sum += exact[k]!;
    }
    for (let k = 0; k < high - low; k++) {
      const weight = sum === 0 ? exact[k]! : exact[k]! / sum;
      weights[i * stride + k] = Math.trunc(0.5 + weight * (1 << precision));
    }
    first[i] = low;
    size[i] = high - low;
  }
  return { count, first, size, weights, stride };
}

/**
 * Scales an image and cuts a window out of the result, in two passes of integer arithmetic with an 8-bit image between
 * them: rows first, then columns. An axis that keeps its length is not touched. Byte for byte what Pillow gives, one axis at a time.
 *
 * @param pixels `height * width * channels` bytes
 * @returns `vertical.count * horizontal.count * channels` bytes
 */
export function resample(pixels: Uint8Array, channels: 1 | 3, horizontal: Axis, vertical: Axis): Uint8Array {
  const rows = triangleWeights(vertical);
  const middle = alongRows(pixels, channels, vertical.length, horizontal);
  const width = horizontal.count * channels;
  if (vertical.length === vertical.scaled) {
    return middle.subarray(vertical.from * width, (vertical.from + vertical.count) * width);
  }
  const out = new Uint8Array(rows.count * width);
  const sums = new Int32Array(width);
  for (let y = 0; y < rows.count; y++) {
    sums.fill(half);
    for (let k = 0; k < rows.size[y]!; k++) {
      const weight = rows.weights[y * rows.stride + k]!;
      const line = (rows.first[y]! + k) * width;
      for (let x = 0; x < width; x++) sums[x] = sums[x]! + middle[line + x]! * weight;
    }
    for (let x = 0; x < width; x++) out[y * width + x] = clip(sums[x]! >> precision);
  }
  return out;
}

function alongRows(pixels: Uint8Array, channels: 1 | 3, height: number, axis: Axis): Uint8Array {
  const { length, scaled, from, count } = axis;
  if (length === scaled && from === 0 && count === length) return pixels;
  const out = new Uint8Array(height * count * channels);
  if (length === scaled) {
    for (let y = 0; y < height; y++) {
      const start = (y * length + from) * channels;
      out.set(pixels.subarray(start, start + count * channels), y * count * channels);
    }
    return out;
  }
  const { first, size, weights, stride } = triangleWeights(axis);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < count; x++) {
      let at = (y * length + first[x]!) * channels;
      const end = x * stride + size[x]!;
      if (channels === 3) {
        let red = half;
        let green = half;
        let blue = half;
        for (let w = x * stride; w < end; w++, at += 3) {
          const weight = weights[w]!;
          red += pixels[at]! * weight;
          green += pixels[at + 1]! * weight;
          blue += pixels[at + 2]! * weight;
        }
        out[o++] = clip(red >> precision);
        out[o++] = clip(green >> precision);
        out[o++] = clip(blue >> precision);
      } else {
        let sum = half;
        for (let w = x * stride; w < end; w++, at++) sum += pixels[at]! * weights[w]!;
        out[o++] = clip(sum >> precision);
      }
    }
  }
  return out;
}

/** Rounded weights may sum to a hair more than 1. */
function clip(value: number): number {
  return Math.min(value, 255);
}
