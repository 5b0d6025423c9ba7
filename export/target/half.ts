import { toHalf } from '../../runtime/common/index.js';

/** Float32 numbers as little-endian binary16, two bytes each. */
export function halfBytes(values: Float32Array): Uint8Array<ArrayBuffer> {
  const result = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = toHalf(values[i]!);
  return new Uint8Array(result.buffer);
}

/** The largest finite binary16 number, and what still rounds to it lies below 65520. */
export const largestHalf = 65_504;
