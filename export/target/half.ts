const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/**
 * The bits of the binary16 number nearest to a float32, ties to even (IEEE 754-2019, 4.3.1). What is too large becomes an
 * infinity.
 */
function halfBits(value: number): number {
  float[0] = value;
  const whole = bits[0]!;
  const sign = (whole >>> 16) & 0x8000;
  const exponent = (whole >>> 23) & 0xff;
  const fraction = whole & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction ? 0x200 : 0);
  // Both exponents without their bias: 127 of float32, 15 of float16.
  const shifted = exponent - 127 + 15;
  if (shifted >= 0x1f) return sign | 0x7c00;
  if (shifted < -10) return sign;
  // Below the normal numbers the leading one is written out, further right by what the exponent lacks.
  const mantissa = shifted > 0 ? fraction : fraction | 0x800000;
  const drop = shifted > 0 ? 13 : 14 - shifted;
  const kept = mantissa >>> drop;
  const rest = mantissa & ((1 << drop) - 1);
  const half = 1 << (drop - 1);
  const up = rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0;
  // A carry out of the fraction goes into the exponent, as it should.
  return sign | (((shifted > 0 ? shifted : 0) << 10) + kept + up);
}

/** Float32 numbers as little-endian binary16, two bytes each. */
export function toHalf(values: Float32Array): Uint8Array<ArrayBuffer> {
  const result = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = halfBits(values[i]!);
  return new Uint8Array(result.buffer);
}

/** The largest finite binary16 number, and what still rounds to it lies below 65520. */
export const largestHalf = 65_504;
