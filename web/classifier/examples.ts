import { encodePng } from '../../runtime/image/index.browser.js';
import type { LoadedModel } from '../../runtime/model/index.js';

/** More do not fit in a row on a phone. */
const most = 10;

/** Of the golden samples the surest one of every class, as PNGs of the model's own size: nothing is left to fit. */
export function examplesOf({ golden, input, labels }: LoadedModel): Uint8Array<ArrayBuffer>[] {
  if (golden?.kind !== 'real') return [];
  const { width, height, channels } = input;
  const size = width * height * channels;
  const best = new Map<number, { sample: number; p: number }>();
  for (let sample = 0; sample < golden.count; sample++) {
    const row = golden.probabilities.subarray(sample * labels.length, (sample + 1) * labels.length);
    const p = Math.max(...row);
    const index = row.indexOf(p);
    if (p > (best.get(index)?.p ?? 0)) best.set(index, { sample, p });
  }
  return [...best]
    .sort(([a], [b]) => a - b)
    .slice(0, most)
    .map(([, { sample }]) => {
      const data = golden.images.subarray(sample * size, (sample + 1) * size);
      return encodePng({ width, height, data }) as Uint8Array<ArrayBuffer>;
    });
}
