import { type HeatMap, positive } from './map.js';
import type { ScoreCamInput } from './score-cam.js';

/** So many places along a side. */
const places = 16;

/**
 * Occlusion: a square of the image's mean colour hides a part, and another; where the class's probability falls, there the
 * network looked. The square is a fifth of the side, and every pixel gets the mean of all squares that hid it.
 */
export async function occlusion(input: ScoreCamInput): Promise<HeatMap> {
  const { image, width, height, channels, classIndex, predict, classes } = input;
  const size = image.length;
  const patch = Math.max(2, Math.round(Math.min(width, height) / 5));
  const steps = (side: number) => {
    const last = side - Math.min(patch, side);
    const count = Math.min(places, last + 1);
    return [...new Set(Array.from({ length: count }, (_, i) => Math.round((i * last) / Math.max(1, count - 1))))];
  };
  const mean = Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let i = c; i < size; i += channels) sum += image[i]!;
    return Math.round((sum * channels) / size);
  });
  const corners = steps(height).flatMap((y) => steps(width).map((x) => [x, y] as const));
  const images = new Uint8Array((corners.length + 1) * size);
  images.set(image);
  const covered = ([left, top]: readonly [number, number], visit: (pixel: number) => void) => {
    for (let y = top; y < Math.min(height, top + patch); y++) {
      for (let x = left; x < Math.min(width, left + patch); x++) visit(y * width + x);
    }
  };
  for (const [at, corner] of corners.entries()) {
    const one = images.subarray((at + 1) * size, (at + 2) * size);
    one.set(image);
    covered(corner, (pixel) => one.set(mean, pixel * channels));
  }
  const rows = await predict(images, corners.length + 1);
  const whole = rows[classIndex]!;
  const sums = new Float32Array(width * height);
  const counts = new Float32Array(width * height);
  for (const [at, corner] of corners.entries()) {
    const drop = whole - rows[(at + 1) * classes + classIndex]!;
    covered(corner, (pixel) => {
      sums[pixel]! += drop;
      counts[pixel]!++;
    });
  }
  const drops = sums.map((sum, i) => sum / Math.max(1, counts[i]!));
  const top = drops.reduce((a, b) => Math.max(a, b), 0);
  return {
    title: 'Occlusion',
    how: `A square of ${patch}x${patch} in the image's mean colour at ${corners.length} places: how far the probability of the class falls, which is ${whole.toFixed(3)} for the whole image (Zeiler and Fergus 2014, arXiv:1311.2901).`,
    ...{ width, height },
    values: positive(drops),
    most: `falls by ${top.toFixed(3)}`,
  };
}
