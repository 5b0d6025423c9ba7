import { workerData } from 'node:worker_threads';
import { toChannels } from '../fixed-spec.js';
import type { Atlas } from './atlas.js';
import { drawDigit, labelOf, side } from './draw.js';

/** Images `start` to `start + count - 1` of a seed. */
export interface DrawTask {
  readonly seed: number;
  readonly start: number;
  readonly count: number;
  readonly channels: 1 | 3;
}

export interface DrawResult {
  /** uint8 `[count, 32, 32, channels]` */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

const { atlas } = workerData as { readonly atlas: Atlas };

export default function drawDigits({ seed, start, count, channels }: DrawTask): DrawResult {
  const size = side * side * channels;
  const pixels = new Uint8Array(count * size);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    pixels.set(toChannels(drawDigit(atlas, seed, start + i), channels), i * size);
    labels[i] = labelOf(seed, start + i);
  }
  return { pixels, labels };
}
