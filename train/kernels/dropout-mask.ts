/** Sixteen random bits decide about a value: a rate is met to 1/65,536, and what is kept is scaled by what it then is. */
const steps = 2 ** 16;

/**
 * Fills a mask: 0 where a value is dropped, else what those that are kept are scaled by. Drawn by the generator sfc32 (Chris
 * Doty-Humphrey, PractRand) from the seed, and from nothing else. One loop in JavaScript takes less than half of the time of
 * TensorFlow's random bits with the operations that make a mask of them.
 * @param mask of an even length
 */
export function fillDropoutMask(mask: Float32Array, rate: number, seed: number): void {
  const dropped = Math.min(steps - 1, Math.round(rate * steps));
  const scale = steps / (steps - dropped);
  const length = mask.length;
  let a = seed | 0;
  let b = length | 0;
  let c = 0x243f6a88;
  let d = 1;
  // From before the start, as the first numbers are alike where seeds are; a typed array takes nothing there. No function for
  // the next number, so that these four stay in registers.
  for (let i = 0; i < 12; i++) {
    const number = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + number) | 0;
  }
  for (let i = 0; i < length; i += 2) {
    const number = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + number) | 0;
    // A difference below zero has its highest bit set: no branch, which random numbers would make the processor guess wrong.
    mask[i] = ((dropped - 1 - (number & 0xffff)) >>> 31) * scale;
    mask[i + 1] = ((dropped - 1 - (number >>> 16)) >>> 31) * scale;
  }
}
