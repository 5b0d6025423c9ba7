import type { Rgba } from 'onward/image';

/** The noise of golden/fit.py. */
export function noise(width: number, height: number, alpha = false): Rgba {
  let state = (width * 65536 + height) >>> 0;
  const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return alpha || i % 4 !== 3 ? state >>> 24 : 255;
  });
  return { width, height, data };
}
