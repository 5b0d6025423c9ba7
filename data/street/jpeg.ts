import type { Canvas } from './canvas.js';

// cos(k * pi / 16), written out: the same on every machine.
const cosines = [
  1,
  0.98078528040323,
  0.923879532511287,
  0.831469612302545,
  Math.SQRT1_2,
  0.555570233019602,
  0.38268343236509,
  0.195090322016128,
];
/** The orthonormal discrete cosine transform of 8 numbers: `basis[k * 8 + n]`. */
const basis = Float64Array.from({ length: 64 }, (_, i) => {
  const [k, n] = [i >> 3, i & 7];
  if (k === 0) return 0.353553390593274;
  const turns = ((2 * n + 1) * k) % 32;
  const folded = turns > 16 ? 32 - turns : turns;
  return 0.5 * (folded === 8 ? 0 : folded < 8 ? cosines[folded]! : -cosines[16 - folded]!);
});
/** ITU-T T.81, annex K.1 and K.2: the quantisation of brightness and of colour at quality 50. */
const brightness = Float64Array.of(
  ...[16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29],
  ...[51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121],
  ...[120, 101, 72, 92, 95, 98, 112, 100, 103, 99],
);
const colour = Float64Array.of(
  ...[17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99],
  ...new Array(36).fill(99),
);

const block = new Float64Array(64);
const half = new Float64Array(64);

/**
 * What JPEG at this quality (1..100) leaves of the picture: blocks of 8 x 8 points, transformed and rounded, colours at
 * half the size (ITU-T T.81; libjpeg's scaling of the tables). `offsetX`, `offsetY`: where the first block begins, -7..0.
 */
export function damage({ side, planes }: Canvas, quality: number, offsetX: number, offsetY: number): void {
  const scale = (quality < 50 ? 5000 / quality : 200 - 2 * quality) / 100;
  const [red, green, blue] = planes;
  const small = Math.ceil((side + 1) / 2);
  const cb = new Float32Array(small * small);
  const cr = new Float32Array(small * small);
  for (let y = 0; y < small; y++) {
    for (let x = 0; x < small; x++) {
      const at = Math.min(side - 1, 2 * y) * side + Math.min(side - 1, 2 * x);
      const [r, g, b] = [red[at]!, green[at]!, blue[at]!];
      cb[y * small + x] = -0.168736 * r - 0.331264 * g + 0.5 * b;
      cr[y * small + x] = 0.5 * r - 0.418688 * g - 0.081312 * b;
    }
  }
  const y = new Float32Array(side * side);
  for (let at = 0; at < y.length; at++) y[at] = 0.299 * red[at]! + 0.587 * green[at]! + 0.114 * blue[at]! - 128;
  quantise(y, side, brightness, scale, offsetX, offsetY);
  quantise(cb, small, colour, scale, offsetX >> 1, offsetY >> 1);
  quantise(cr, small, colour, scale, offsetX >> 1, offsetY >> 1);
  for (let row = 0, at = 0; row < side; row++) {
    for (let column = 0; column < side; column++, at++) {
      const i = (row >> 1) * small + (column >> 1);
      const luma = y[at]! + 128;
      red[at] = luma + 1.402 * cr[i]!;
      green[at] = luma - 0.344136 * cb[i]! - 0.714136 * cr[i]!;
      blue[at] = luma + 1.772 * cb[i]!;
    }
  }
}

function quantise(
  plane: Float32Array,
  side: number,
  table: Float64Array,
  scale: number,
  offsetX: number,
  offsetY: number,
): void {
  for (let top = offsetY; top < side; top += 8) {
    for (let left = offsetX; left < side; left += 8) {
      for (let i = 0; i < 64; i++) {
        const row = Math.min(side - 1, Math.max(0, top + (i >> 3)));
        block[i] = plane[row * side + Math.min(side - 1, Math.max(0, left + (i & 7)))]!;
      }
      // Rows, columns; rounded; columns, rows.
      for (let r = 0; r < 8; r++) {
        for (let k = 0; k < 8; k++) {
          let sum = 0;
          for (let n = 0; n < 8; n++) sum += basis[k * 8 + n]! * block[r * 8 + n]!;
          half[r * 8 + k] = sum;
        }
      }
      for (let c = 0; c < 8; c++) {
        for (let k = 0; k < 8; k++) {
          let sum = 0;
          for (let n = 0; n < 8; n++) sum += basis[k * 8 + n]! * half[n * 8 + c]!;
          const step = Math.min(255, Math.max(1, Math.floor(table[k * 8 + c]! * scale + 0.5)));
          block[k * 8 + c] = Math.floor(sum / step + 0.5) * step;
        }
      }
      for (let c = 0; c < 8; c++) {
        for (let n = 0; n < 8; n++) {
          let sum = 0;
          for (let k = 0; k < 8; k++) sum += basis[k * 8 + n]! * block[k * 8 + c]!;
          half[n * 8 + c] = sum;
        }
      }
      for (let r = 0; r < 8; r++) {
        const row = top + r;
        if (row < 0 || row >= side) continue;
        for (let n = 0; n < 8; n++) {
          const column = left + n;
          if (column < 0 || column >= side) continue;
          let sum = 0;
          for (let k = 0; k < 8; k++) sum += basis[k * 8 + n]! * half[r * 8 + k]!;
          plane[row * side + column] = sum;
        }
      }
    }
  }
}
