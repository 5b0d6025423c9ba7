import type { Random } from '../../runtime/common/index.js';
import { light } from './backdrop.js';
import { type Canvas, ramp } from './canvas.js';
import { bell, chance, nearLow, turn } from './dice.js';

/** Sun, shade and the edge of a shadow over everything. */
export function illuminate(canvas: Canvas, random: Random): void {
  const { side } = canvas;
  const [gx, gy] = chance(random, 0.6) ? [bell(random) * 0.7, bell(random) * 0.7] : [0, 0];
  const edge = chance(random, 0.14);
  const { cos, sin } = turn(random.between(-3, 3));
  const [x0, y0] = [random.next(), random.next()];
  const sharp = side * nearLow(random, 0.05, 0.7);
  const dark = edge ? random.between(0.15, 0.6) : 0;
  if (gx === 0 && gy === 0 && !edge) return;
  light(canvas, (at) => {
    const y = Math.floor(at / side);
    const x = (at - y * side + 0.5) / side;
    const z = (y + 0.5) / side;
    const slope = Math.max(0.2, 1 + gx * (x - 0.5) + gy * (z - 0.5));
    return slope * (1 - dark * ramp(0.5 + (cos * (x - x0) + sin * (z - y0)) * sharp));
  });
}

/** Weights of a bell of this radius in points, which add up to 1: `(1 - (i/r)²)²`. */
function kernel(radius: number): Float64Array {
  const reach = Math.ceil(radius) - 1;
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => {
    const t = (i - reach) / radius;
    return (1 - t * t) * (1 - t * t);
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** Out of focus, or moved. Radii in points, different across and down. */
export function blur({ side, planes }: Canvas, radiusX: number, radiusY: number): void {
  const line = new Float64Array(side);
  for (const [radius, step, jump] of [
    [radiusX, 1, side],
    [radiusY, side, 1],
  ] as const) {
    if (radius <= 1) continue;
    const weights = kernel(radius);
    const reach = (weights.length - 1) / 2;
    for (const plane of planes) {
      for (let n = 0; n < side; n++) {
        const start = n * jump;
        for (let i = 0; i < side; i++) line[i] = plane[start + i * step]!;
        for (let i = 0; i < side; i++) {
          let sum = 0;
          for (let k = -reach; k <= reach; k++) {
            const j = i + k;
            sum += weights[k + reach]! * line[j < 0 ? 0 : j >= side ? side - 1 : j]!;
          }
          plane[start + i * step] = sum;
        }
      }
    }
  }
}

/** Noise of the sensor, the same in all channels or not. */
export function noise({ planes }: Canvas, random: Random, strength: number): void {
  const gray = chance(random, 0.5);
  const [red, green, blue] = planes;
  for (let at = 0; at < red.length; at++) {
    const n = bell(random) * strength;
    red[at] = red[at]! + n;
    green[at] = green[at]! + (gray ? n : bell(random) * strength);
    blue[at] = blue[at]! + (gray ? n : bell(random) * strength);
  }
}

/** To another size: each point between its four neighbours (larger), or the mean of what it covers (smaller). */
export function resize(canvas: Canvas, side: number, to: Canvas): void {
  const scale = canvas.side / side;
  const half = Math.max(1, scale);
  // Weights of a tent as wide as the coarser of the two grids.
  const taps: { first: number; weights: number[] }[] = [];
  for (let i = 0; i < side; i++) {
    const middle = (i + 0.5) * scale - 0.5;
    const first = Math.ceil(middle - half);
    const weights: number[] = [];
    for (let j = first; j < middle + half; j++) weights.push(1 - Math.abs(j - middle) / half);
    const sum = weights.reduce((a, b) => a + b, 0);
    taps.push({ first, weights: weights.map((weight) => weight / sum) });
  }
  const last = canvas.side - 1;
  const rows = new Float64Array(canvas.side * side);
  for (const [c, plane] of canvas.planes.entries()) {
    for (let row = 0; row < canvas.side; row++) {
      for (let i = 0; i < side; i++) {
        const { first, weights } = taps[i]!;
        let sum = 0;
        for (let k = 0; k < weights.length; k++) {
          sum += weights[k]! * plane[row * canvas.side + Math.min(last, Math.max(0, first + k))]!;
        }
        rows[row * side + i] = sum;
      }
    }
    const out = to.planes[c]!;
    for (let i = 0; i < side; i++) {
      const { first, weights } = taps[i]!;
      for (let column = 0; column < side; column++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) {
          sum += weights[k]! * rows[Math.min(last, Math.max(0, first + k)) * side + column]!;
        }
        out[i * side + column] = sum;
      }
    }
  }
}
